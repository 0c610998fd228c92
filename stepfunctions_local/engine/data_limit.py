"""The failure of a state whose data are more than Step Functions takes."""

from stepfunctions_local.language import Failure


def data_limit_exceeded(name: str) -> Failure:
    """Fail a state, or what it called, in AWS's words."""
    cause = (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )
    return Failure("States.DataLimitExceeded", cause)
