"""The words of Lambda for a timeout, an exit and an answer that is too long."""

import json

import pytest

from stepfunctions_local.lambdas.failure import describe_failure
from stepfunctions_local.lambdas.invocation import Ending, Exited, Responded, ResponseTooLarge, TimedOut


@pytest.mark.parametrize(
    ("ending", "type_", "message"),
    [
        (Exited(3), "Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: exit status 3"),
        (Exited(0), "Runtime.ExitError", "RequestId: 1 Error: Runtime exited without providing a reason"),
        (Exited(-9), "Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: signal: killed"),
        (TimedOut(3), "Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 3.00 seconds"),
        (
            ResponseTooLarge(),
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
    ],
)
def test_failure_has_the_message_of_lambda(ending: Ending, type_: str, message: str) -> None:
    """The runtime itself cannot report these endings."""
    failed = describe_failure(ending, "1")
    assert failed
    assert json.loads(failed.payload) == {"errorType": type_, "errorMessage": message}


def test_answer_is_no_failure() -> None:
    """The handler's answer is kept, even if it is an error."""
    assert describe_failure(Responded(b"{}", failed=True), "1") is None
