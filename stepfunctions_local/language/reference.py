"""Fields such as SecondsPath: what they name in the input, and what AWS says where that cannot be used."""

from typing import Final

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.path import MISSING, Path

MAX_LONG: Final = 2**63 - 1


def referenced(path: Path, field: str, data: Json, visit: Visit) -> Json:
    """Look up what a field such as SecondsPath names. Raises EvaluationFailed."""
    value = path.look_up(data, visit)
    if value is MISSING:
        raise EvaluationFailed(f"The {field} parameter does not reference an input value: {path.text}")
    return value


def unusable(path: Path, fault: str, value: Json) -> EvaluationFailed:
    """Say that what a path names cannot be used."""
    shown = value if isinstance(value, str) else dump_json(value)
    return EvaluationFailed(f"The {fault}: {path.text} == {shown}")


def long_integer(path: Path, field: str, data: Json, visit: Visit) -> int:
    """Look up a whole number. Raises EvaluationFailed."""
    value = referenced(path, field, data, visit)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_LONG:
        raise unusable(path, f"{field} parameter cannot be parsed as a long value", value)
    return value
