"""Errors of AWS and botocore, told as this package's own."""

from collections.abc import Callable

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from delay.errors import (
    DelayError,
    NoSuchStateMachine,
    NotPermitted,
    NotRedrivable,
    OverQuota,
    Refused,
    ServiceError,
    Throttled,
    Unreachable,
)

AWS_ERRORS = (BotoCoreError, ClientError)
"""What a call through boto3 raises."""

_NO_CREDENTIALS = (
    boto.CredentialRetrievalError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
)
_THROTTLING = {
    "KmsThrottlingException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
_ACCESS_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "KmsAccessDeniedException",
    "UnauthorizedOperation",
}
_BAD_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


def error_code(error: Exception) -> str:
    """Return the type of error that AWS answered with; empty where AWS did not answer."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def told(error: Exception, action: str, subject: str) -> DelayError:
    """Tell an error of a call in this package's words; the caller raises it from the error itself.

    `action` is as IAM names it, `states:StartExecution` for example; `subject` is what it was about.
    """
    if not isinstance(error, ClientError):
        return _told_without_answer(error, action)
    code = error_code(error)
    tell: Callable[[str], DelayError] = _teller(code)
    return tell(_sentence(code, _message(error), action, subject))


def _told_without_answer(error: Exception, action: str) -> ServiceError:
    if isinstance(error, _NO_CREDENTIALS):
        return NotPermitted(
            f"{action} needs AWS credentials: {error}. Run `aws configure`, or set AWS_PROFILE."
        )
    if isinstance(error, boto.ConnectionError | boto.HTTPClientError):
        return Unreachable(f"{action} got no answer: {error} Is there a network, and is the Region right?")
    return Refused(f"{action} could not be sent: {error}")


def _teller(code: str) -> Callable[[str], DelayError]:
    if code in _THROTTLING:
        return Throttled
    if code in _ACCESS_DENIED | _BAD_CREDENTIALS:
        return NotPermitted
    return {
        "ExecutionLimitExceeded": OverQuota,
        "ExecutionNotRedrivable": NotRedrivable,
        "StateMachineDeleting": NoSuchStateMachine,
        "StateMachineDoesNotExist": NoSuchStateMachine,
    }.get(code, Refused)


def _sentence(code: str, message: str, action: str, subject: str) -> str:
    said = f"AWS says: {message}" if message else f"AWS says no more than {code}."
    if code in _THROTTLING:
        return f"{action} is still throttled after all retries. Send fewer, or later. {said}"
    if code in _ACCESS_DENIED:
        return f"The credentials lack the IAM action {action} on {subject}: add it to their policy. {said}"
    if code in _BAD_CREDENTIALS:
        return f"AWS does not accept the credentials of {action}: they are wrong or have expired. {said}"
    return {
        "ExecutionLimitExceeded": "As many executions are open as the account may have: 1,000,000 unless AWS "
        f"has raised it (see Service Quotas). {said}",
        "ExecutionNotRedrivable": f"Only tasks that failed within the last 14 days can be redriven. {said}",
        "StateMachineDoesNotExist": f"{subject} does not exist there: check its name, its account, and the "
        f"client's Region and endpoint. {said}",
    }.get(code, f"{action} on {subject} was refused with {code}. {said}")


def _message(error: ClientError) -> str:
    return str(error.response["Error"].get("Message") or "")
