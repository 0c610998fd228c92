"""Lambda's wording for failures that a runtime cannot report: a timeout, an exit, too large a response."""

import json
import signal
from dataclasses import dataclass

from stepfunctions_local.lambdas.invocation import (
    MAX_RESPONSE_BYTES,
    Ending,
    Exited,
    Responded,
    ResponseTooLarge,
    TimedOut,
)

TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."


@dataclass(frozen=True, slots=True)
class FunctionFailure:
    """An error type and its message."""

    type: str
    message: str

    @property
    def payload(self) -> bytes:
        """The body of the response to the caller."""
        return json.dumps({"errorType": self.type, "errorMessage": self.message}).encode()


def describe_failure(ending: Ending, request_id: str) -> FunctionFailure | None:
    """Return the failure that an ending means; None if the handler responded, even with an error."""
    match ending:
        case Responded():
            return None
        case ResponseTooLarge():
            return FunctionFailure("Function.ResponseSizeTooLarge", TOO_LARGE)
        case TimedOut(seconds):
            message = f"RequestId: {request_id} Error: {timeout_message(seconds)}"
            return FunctionFailure("Sandbox.Timedout", message)
        case Exited(code):
            message = f"RequestId: {request_id} Error: Runtime exited {_exit_reason(code)}"
            return FunctionFailure("Runtime.ExitError", message)


def timeout_message(timeout_seconds: int) -> str:
    """Return the message of a timeout, which the log has too."""
    return f"Task timed out after {timeout_seconds:.2f} seconds"


def _exit_reason(code: int) -> str:
    if code == 0:
        return "without providing a reason"
    if code > 0:
        return f"with error: exit status {code}"
    return f"with error: signal: {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    return (signal.strsignal(number) or str(number)).lower()
