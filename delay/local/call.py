"""Calls of AWS's API at a local endpoint, with errors that say how to start it."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ConnectionError as NoConnection

from delay.aws.error import AWS_ERRORS, translate_error
from delay.errors import Unreachable
from delay.local.endpoint import LocalEndpoint

T = TypeVar("T")


def call_local(endpoint: LocalEndpoint, action: str, operation: Callable[[], T]) -> T:
    """Return what an operation returns. `action` is its IAM action, for the message.

    Raises:
        DelayError: nothing answers, or the operation failed.

    """
    try:
        return operation()
    except NoConnection as error:
        raise Unreachable(endpoint.explain_silence()) from error
    except AWS_ERRORS as error:
        raise translate_error(error, action, endpoint.url, endpoint.url) from error
