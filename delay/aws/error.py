"""Translates errors of AWS and botocore into this package's own."""

import os
from collections.abc import Mapping
from typing import Any, Final

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from delay.aws.error_kind import ErrorKind, find_kind
from delay.errors import DelayError, NotPermitted, Refused, ServiceError, Unreachable

AWS_ERRORS: Final = (BotoCoreError, ClientError)
"""The errors that a call through boto3 raises."""

_SERVER_ERROR: Final = 500

_NO_CREDENTIALS: Final = (
    boto.CredentialRetrievalError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.ProfileNotFound,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
)


_OTHER: Final = ErrorKind(frozenset(), Refused, "{action} on {subject} was refused.")
_SERVER_FAULT: Final = ErrorKind(frozenset(), Unreachable, "{action} met a server error: try again later.")
_CUT_OFF: Final = ErrorKind(
    frozenset(),
    Unreachable,
    "{action} got an incomplete error: the connection ended too early. Try again, with the same key.",
)


def error_code(error: Exception) -> str:
    """Return the error code in AWS's answer, or an empty string if AWS did not answer."""
    return str(error.response["Error"].get("Code")) if isinstance(error, ClientError) else ""


def find_answer(error: Exception) -> Mapping[str, Any]:
    """Return AWS's answer behind an error; an empty one if AWS did not answer."""
    return error.response if isinstance(error, ClientError) else {}


def translate_error(
    error: Exception, action: str, subject: str, endpoint_url: str | None = None
) -> DelayError:
    """Return this package's error for an error of a call. The caller raises it from the original.

    `action` is the IAM action, `states:StartExecution` for example; `subject` is the resource.
    `endpoint_url` is the URL of an endpoint that is not AWS's: the message names it as the error's source.
    """
    if not isinstance(error, ClientError):
        return _translate_unanswered(error, action)
    code = error_code(error)
    kind = find_kind(code, action) or _classify_by_status(error)
    sentence = kind.sentence.format(action=action, subject=subject)
    message = error.response["Error"].get("Message") or "no message"
    return kind.error(f"{sentence} {endpoint_url or 'AWS'} says: {code}: {message}")


def _classify_by_status(error: ClientError) -> ErrorKind:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= _SERVER_ERROR:
        return _SERVER_FAULT
    return _CUT_OFF if _is_cut_off(error) else _OTHER


def _is_cut_off(error: ClientError) -> bool:
    """Whether the connection ended within the error: botocore then has the status for its code."""
    message = error.response["Error"].get("Message") or ""
    return error_code(error).isdecimal() and (not message or message.startswith("{"))


def _translate_unanswered(error: Exception, action: str) -> ServiceError:
    if isinstance(error, _NO_CREDENTIALS):
        why = str(error).rstrip(".")
        return NotPermitted(
            f"{action} needs AWS credentials: {why}. Run `aws configure`, or set AWS_PROFILE."
        )
    if isinstance(error, boto.NoRegionError):
        return Refused(f"{action} needs a Region: set AWS_REGION, or name one in the profile.")
    if isinstance(error, boto.InvalidRegionError):
        given = error.kwargs["region_name"]
        return Refused(f"{action} needs a Region such as eu-west-1, and '{given}' is none: name another.")
    if isinstance(error, boto.ConnectionError | boto.HTTPClientError):
        return Unreachable(f"{action} got no answer: {error} {_explain_endpoint(error)}")
    return Refused(f"{action} could not be sent: {error}")


def _explain_endpoint(error: Exception) -> str:
    """Return the advice about an endpoint that does not answer: a variable may name it instead of AWS's."""
    url = str(getattr(error, "kwargs", {}).get("endpoint_url", "")).rstrip("/")
    for name, value in sorted(os.environ.items()):
        if name.startswith("AWS_ENDPOINT_URL") and url and value.rstrip("/") == url:
            return f"{name} names this endpoint: start it (`delay local`), or unset {name} to reach AWS."
    return "Is there a network, and is the Region right?"
