"""The data flow through a state, in either query language."""

from collections.abc import Collection
from typing import Protocol

from stepfunctions_local.language.decision import Json, Proceed, Visit
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.jsonata.expression import RESULT
from stepfunctions_local.language.jsonata.flow import parse_jsonata_flow
from stepfunctions_local.language.jsonpath.flow import parse_json_path_flow


class DataFlow(Protocol):
    """The fields of a state, a catcher or a Choice's rule that move data."""

    @property
    def assigned(self) -> Collection[str]:
        """The names of the variables that it assigns."""
        ...

    def select(self, visit: Visit) -> Json:
        """Return the effective input: the input, or the part of it that InputPath selects.

        Raises EvaluationFailed.
        """
        ...

    def build_arguments(self, visit: Visit) -> Json:
        """Return the Parameters or Arguments; without them, the effective input.

        Raises EvaluationFailed.
        """
        ...

    def proceed(self, visit: Visit, outcome: Json, target: str | None) -> Proceed:
        """Exit to `target` with the output and the variables made from an outcome.

        The outcome is the result of the state's work, or the error output that a catcher receives.
        Raises EvaluationFailed.
        """
        ...

    def for_rule(self, rule: Fields) -> "DataFlow":
        """Return the data flow of a Choice's rule, whose own fields replace those of the Choice."""
        ...


def parse_data_flow(fields: Fields, *names: str, outcome: str | None = None) -> DataFlow:
    """Parse the fields that move data. `names` are the fields allowed here, in either language.

    `outcome` is the name of the outcome in `$states`; it is `result` if a ResultSelector is allowed.
    """
    part = fields.restrict(names)
    if fields.language is QueryLanguage.JSONPATH:
        return parse_json_path_flow(part)
    return parse_jsonata_flow(part, outcome or (RESULT if "ResultSelector" in names else None))
