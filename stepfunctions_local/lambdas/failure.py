"""The words of Lambda for what its runtime cannot say itself: a timeout, an exit, too long an answer."""

import json
import signal
from dataclasses import dataclass

from stepfunctions_local.lambdas.invocation import Answered, AnswerTooLarge, Ending, Exited, TimedOut

MAX_RESPONSE_BYTES = 6_291_556
TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."


@dataclass(frozen=True, slots=True)
class FunctionFailure:
    """An error type with its message."""

    type: str
    message: str

    @property
    def payload(self) -> bytes:
        """The body that the caller gets."""
        return json.dumps({"errorType": self.type, "errorMessage": self.message}).encode()


def failure(ending: Ending, request_id: str) -> FunctionFailure | None:
    """Say what is wrong with an ending; None where the handler answered, be it with an error of its own."""
    match ending:
        case Answered():
            return None
        case AnswerTooLarge():
            return FunctionFailure("Function.ResponseSizeTooLarge", TOO_LARGE)
        case TimedOut(seconds):
            return FunctionFailure("Sandbox.Timedout", f"RequestId: {request_id} Error: {timed_out(seconds)}")
        case Exited(code):
            message = f"RequestId: {request_id} Error: Runtime exited {_reason(code)}"
            return FunctionFailure("Runtime.ExitError", message)


def timed_out(timeout_seconds: int) -> str:
    """Say it as the log does."""
    return f"Task timed out after {timeout_seconds:.2f} seconds"


def _reason(code: int) -> str:
    if code == 0:
        return "without providing a reason"
    if code > 0:
        return f"with error: exit status {code}"
    return f"with error: signal: {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    return (signal.strsignal(number) or str(number)).lower()
