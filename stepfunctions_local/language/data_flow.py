"""How data moves through a state, whichever query language it is written in."""

from collections.abc import Collection
from typing import Protocol

from stepfunctions_local.language.decision import Json, Proceed, Visit
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.jsonata.expression import RESULT
from stepfunctions_local.language.jsonata.flow import parse_jsonata_flow
from stepfunctions_local.language.jsonpath.flow import parse_json_path_flow


class DataFlow(Protocol):
    """What a state, a catcher or a rule of a Choice does with data."""

    @property
    def assigned(self) -> Collection[str]:
        """The names of the variables that it assigns."""
        ...

    def select(self, visit: Visit) -> Json:
        """Return what the state looks at: its input, or what InputPath takes of it.

        Raises EvaluationFailed.
        """
        ...

    def build_arguments(self, visit: Visit) -> Json:
        """Return what the state works on: its Parameters or Arguments, else what it looks at.

        Raises EvaluationFailed.
        """
        ...

    def proceed(self, visit: Visit, outcome: Json, target: str | None) -> Proceed:
        """Exit to `target` with the output and the variables that are made of an outcome.

        The outcome is the result of the state's work, or the error output that a catcher takes.
        Raises EvaluationFailed.
        """
        ...

    def for_rule(self, rule: Fields) -> "DataFlow":
        """Read the fields of a Choice's rule that move data in place of the Choice's own."""
        ...


def parse_data_flow(fields: Fields, *names: str, outcome: str | None = None) -> DataFlow:
    """Read the fields that move data. `names` says which ones can stand here, in either language.

    `outcome` is what JSONata calls the outcome: `$states.result` where there can be a ResultSelector.
    """
    part = fields.restrict(names)
    if fields.language is QueryLanguage.JSONPATH:
        return parse_json_path_flow(part)
    return parse_jsonata_flow(part, outcome or (RESULT if "ResultSelector" in names else None))
