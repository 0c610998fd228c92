"""The failures of executions and calls that the engine itself causes."""

from typing import Final

from stepfunctions_local.language import RUNTIME, Failure

DEFECT: Final = Failure(RUNTIME, "The local endpoint met a defect of its own: see its log.")


def data_limit_exceeded(name: str) -> Failure:
    """Return the failure, in AWS's words, of a state or task whose result is too large."""
    cause = (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )
    return Failure("States.DataLimitExceeded", cause)
