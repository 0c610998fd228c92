"""The faults of a definition, in the form in which AWS reports them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from stepfunctions_local.errors import StepFunctionsLocalError

MAX_DIAGNOSTICS = 101
"""How many diagnostics are collected: one more than ValidateStateMachineDefinition returns at most."""

SCHEMA = "SCHEMA_VALIDATION_FAILED"
MISSING_END = "MISSING_END_STATE"
"""The code of a fault without a location, which AWS writes as null for the whole definition."""

MAX_WORDS = 25_000
"""How many words, numbers and signs the expressions of a definition may have: parsing them takes a second."""


class Severity(StrEnum):
    """Whether a diagnostic keeps a definition from being accepted."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: its code, its message, and its location, such as `/States/WaitUntil/Timestamp`.

    Source of the codes: ValidateStateMachineDefinitionDiagnostic in the API Reference.
    """

    code: str
    message: str
    location: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return the fault in the form of an error's message."""
        where = f" at {self.location or 'null'}" if self.location or self.code == MISSING_END else ""
        return f"{self.code}: {self.message}{where}"


class InvalidDefinition(StepFunctionsLocalError):
    """The definition is not in the Amazon States Language, or uses a feature that is not supported here."""

    def __init__(self, diagnostics: Iterable[Diagnostic], warnings: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = tuple(diagnostics)
        self.warnings = tuple(warnings)
        faults = ", ".join(str(diagnostic) for diagnostic in self.diagnostics)
        super().__init__(f"Invalid State Machine Definition: '{faults}'")


class Report:
    """Collects the faults that are found while a definition is parsed."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.words_left = MAX_WORDS
        """How many words of expressions may still be parsed."""
        self.warnings: list[Diagnostic] = []
        self.labels: set[str] = set()
        """The labels of distributed Map states so far."""

    def refuse(self, message: str, location: str | None, code: str = SCHEMA) -> None:
        """Add a fault."""
        if len(self.diagnostics) < MAX_DIAGNOSTICS:
            self.diagnostics.append(Diagnostic(code, message, location))

    def warn(self, message: str, location: str, code: str) -> None:
        """Add a warning about a part that is accepted, but that AWS would refuse or that has no effect."""
        warning = Diagnostic(code, message, location, Severity.WARNING)
        if warning not in self.warnings and len(self.warnings) < MAX_DIAGNOSTICS:
            self.warnings.append(warning)

    def raise_if_refused(self) -> None:
        """Raise `InvalidDefinition` if there is a fault."""
        if self.diagnostics:
            raise InvalidDefinition(self.diagnostics, self.warnings)
