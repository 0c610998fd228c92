"""Errors of the Invoke API: AWS's format, with the types that Lambda returns."""

import json
from http import HTTPStatus

from stepfunctions_local.http.connection import MALFORMED


class InvokeError(Exception):
    """An error to respond with. `type` becomes the header x-amzn-errortype."""

    def __init__(self, status: HTTPStatus, type_: str, message: str, fault: str = "User") -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.message = message
        self.fault = fault

    @property
    def body(self) -> bytes:
        """The body of the response, in AWS's format."""
        return json.dumps({"Type": self.fault, "Message": self.message}).encode()


def invalid_content(message: str) -> InvokeError:
    """Build the error for an invalid body or client context."""
    return InvokeError(HTTPStatus.BAD_REQUEST, "InvalidRequestContentException", message)


def invalid_parameter(value: str, member: str, constraint: str) -> InvokeError:
    """Build the error for a value that the service's model does not allow."""
    subject = f"Value '{value}' at '{member}'"
    message = f"1 validation error detected: {subject} failed to satisfy constraint: {constraint}"
    return InvokeError(HTTPStatus.BAD_REQUEST, "ValidationException", message)


def conflicting_qualifiers() -> InvokeError:
    """Build the error for different qualifiers in the name and in the query."""
    message = "The derived qualifier from the function name does not match the specified qualifier."
    return InvokeError(HTTPStatus.BAD_REQUEST, "InvalidParameterValueException", message)


def too_large(limit_bytes: int) -> InvokeError:
    """Build the error for an event that exceeds a limit."""
    message = f"Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation"
    return InvokeError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLargeException", message)


def too_slow(message: str) -> InvokeError:
    """Build the error for an event that does not arrive in time."""
    return InvokeError(HTTPStatus.REQUEST_TIMEOUT, "RequestTimeoutException", message)


def malformed(message: str) -> InvokeError:
    """Build the error for a body that cannot be read as HTTP describes it, such as a compressed one."""
    return InvokeError(HTTPStatus.BAD_REQUEST, MALFORMED, message)


def unknown_function(arn: str) -> InvokeError:
    """Build the error for a function that the template does not have."""
    return InvokeError(HTTPStatus.NOT_FOUND, "ResourceNotFoundException", f"Function not found: {arn}")


def throttled() -> InvokeError:
    """Build the error for an invocation that a full queue cannot take."""
    return InvokeError(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")


def not_supported(message: str) -> InvokeError:
    """Build the error for a request that AWS supports and this endpoint does not."""
    return InvokeError(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", message, "LocalService")


def unknown_path() -> InvokeError:
    """Build the error for a path that no Lambda API has."""
    return InvokeError(HTTPStatus.NOT_FOUND, "PathNotFoundLocally", "PathNotFoundException", "LocalService")


def unknown_method() -> InvokeError:
    """Build the error for a method that a path does not support."""
    status = HTTPStatus.METHOD_NOT_ALLOWED
    return InvokeError(status, "MethodNotAllowedLocally", "MethodNotAllowedException", "LocalService")


def internal_error(message: str) -> InvokeError:
    """Build the error for a failure of this computer rather than of the request."""
    return InvokeError(HTTPStatus.INTERNAL_SERVER_ERROR, "ServiceException", message, "Service")
