"""What is wrong with a definition, in the form in which AWS says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from stepfunctions_local.errors import StepFunctionsLocalError

MAX_DIAGNOSTICS = 101
"""More than these are not collected: one more than ValidateStateMachineDefinition tells at most."""

SCHEMA = "SCHEMA_VALIDATION_FAILED"

MAX_WORDS = 25_000
"""How many words, numbers and signs the expressions of a definition may have: they are read in a second."""


class Severity(StrEnum):
    """Whether a definition with such a finding is refused, or taken all the same."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: its code, what is wrong, and where, such as `/States/WaitUntil/Timestamp`.

    Source of the codes: ValidateStateMachineDefinitionDiagnostic in the API Reference.
    """

    code: str
    message: str
    location: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return the fault as it stands in an error's message."""
        where = f" at {self.location}" if self.location else ""
        return f"{self.code}: {self.message}{where}"


class InvalidDefinition(StepFunctionsLocalError):
    """The definition is not in the Amazon States Language, or uses what this endpoint does not support."""

    def __init__(self, diagnostics: Iterable[Diagnostic], warnings: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = tuple(diagnostics)
        self.warnings = tuple(warnings)
        faults = ", ".join(str(diagnostic) for diagnostic in self.diagnostics)
        super().__init__(f"Invalid State Machine Definition: '{faults}'")


class Report:
    """Collects what the reading of a definition finds."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.words_left = MAX_WORDS
        """How many words of expressions may yet be read."""
        self.warnings: list[Diagnostic] = []

    def refuse(self, message: str, location: str | None, code: str = SCHEMA) -> None:
        """Add a fault."""
        if len(self.diagnostics) < MAX_DIAGNOSTICS:
            self.diagnostics.append(Diagnostic(code, message, location))

    def warn(self, message: str, location: str, code: str) -> None:
        """Add a remark on what is accepted here although AWS would not."""
        warning = Diagnostic(code, message, location, Severity.WARNING)
        if warning not in self.warnings and len(self.warnings) < MAX_DIAGNOSTICS:
            self.warnings.append(warning)

    def raise_if_refused(self) -> None:
        """Raise `InvalidDefinition` if there is a fault."""
        if self.diagnostics:
            raise InvalidDefinition(self.diagnostics, self.warnings)
