"""AWS's error codes, and this package's errors for them: tables, one a service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from delay.errors import (
    DelayError,
    NoSuchQueue,
    NoSuchStateMachine,
    NoSuchTable,
    NotPermitted,
    NotRedrivable,
    OverQuota,
    Throttled,
)


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """AWS error codes with one meaning, this package's error for them, and its message."""

    codes: frozenset[str]
    error: Callable[[str], DelayError]
    sentence: str
    """With `{action}`, the IAM action, and `{subject}`, the resource."""


_COMMON: Final = (
    ErrorKind(
        frozenset(
            {
                "KMS.ThrottlingException",
                "KmsThrottled",
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
        ),
        Throttled,
        "{action} is still throttled after all retries: send fewer requests, or send them later.",
    ),
    ErrorKind(
        frozenset({"KMS.AccessDeniedException", "KmsAccessDenied", "KmsAccessDeniedException"}),
        NotPermitted,
        "{action} on {subject} needs the KMS key that encrypts it: add kms:Decrypt to the caller's policy.",
    ),
    ErrorKind(
        frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}),
        NotPermitted,
        "The credentials lack the IAM action {action} on {subject}: add it to their policy.",
    ),
    ErrorKind(
        frozenset(
            {
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
        ),
        NotPermitted,
        "AWS does not accept the credentials that {action} was signed with: they are wrong or have expired.",
    ),
)
"""The kinds that all services share."""

_STEP_FUNCTIONS: Final = (
    ErrorKind(
        frozenset({"ExecutionLimitExceeded"}),
        OverQuota,
        "The account has as many open executions as it may have, 1,000,000 unless AWS has raised it: ask for "
        "more under Service Quotas, or wait until some have ended.",
    ),
    ErrorKind(
        frozenset({"ExecutionNotRedrivable"}),
        NotRedrivable,
        "Only a task that failed within the last 14 days, and started less than a year ago, can be redriven.",
    ),
    ErrorKind(
        frozenset({"ResourceNotFound", "StateMachineDeleting", "StateMachineDoesNotExist"}),
        NoSuchStateMachine,
        "There is no {subject}: check its name, and the client's account, Region and endpoint.",
    ),
)

_DYNAMODB: Final = (
    ErrorKind(
        frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded"}),
        Throttled,
        "{action} on {subject} is still throttled after all retries: a new table takes 4,000 writes a "
        "second, and a partition 1,000. Send fewer requests, or send them later.",
    ),
    ErrorKind(
        frozenset({"ResourceNotFoundException", "TableNotFoundException"}),
        NoSuchTable,
        "There is no {subject}: check its name, and the client's account, Region and endpoint.",
    ),
)

_SQS: Final = (
    ErrorKind(
        frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}),
        NoSuchQueue,
        "There is no queue {subject}: check its URL, and the client's account, Region and endpoint.",
    ),
)

_BY_SERVICE: Final[Mapping[str, tuple[ErrorKind, ...]]] = {
    "dynamodb": _DYNAMODB,
    "sqs": _SQS,
    "states": _STEP_FUNCTIONS,
}
"""The kinds of a service's own, by the service's prefix of IAM actions."""


def find_kind(code: str, action: str) -> ErrorKind | None:
    """Return the kind of an action's error code; None if it is in no table."""
    service = action.partition(":")[0]
    return next((kind for kind in (*_BY_SERVICE.get(service, ()), *_COMMON) if code in kind.codes), None)
