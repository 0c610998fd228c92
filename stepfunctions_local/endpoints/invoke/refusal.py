"""How the Lambda endpoint says no: the shape of AWS's errors, with the types that `sam local` gives them."""

import json
from http import HTTPStatus


class Refusal(Exception):
    """A request that is answered with an error; `type` becomes the header x-amzn-errortype."""

    def __init__(self, status: HTTPStatus, type_: str, message: str, fault: str = "User") -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.message = message
        self.fault = fault

    @property
    def body(self) -> bytes:
        """The error as AWS words it."""
        return json.dumps({"Type": self.fault, "Message": self.message}).encode()


def invalid_content(message: str) -> Refusal:
    """Refuse a body or a client context."""
    return Refusal(HTTPStatus.BAD_REQUEST, "InvalidRequestContent", message)


def invalid_parameter(value: str, member: str, constraint: str) -> Refusal:
    """Refuse a value that the service's model does not allow."""
    where = f"Value '{value}' at '{member}'"
    message = f"1 validation error detected: {where} failed to satisfy constraint: {constraint}"
    return Refusal(HTTPStatus.BAD_REQUEST, "ValidationException", message)


def conflicting_qualifiers() -> Refusal:
    """Refuse a name with one qualifier beside a parameter with another."""
    message = "The derived qualifier from the function name does not match the specified qualifier."
    return Refusal(HTTPStatus.BAD_REQUEST, "InvalidParameterValueException", message)


def too_large(limit_bytes: int) -> Refusal:
    """Refuse an event that is over a limit."""
    message = f"Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation"
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLargeException", message)


def unknown_function(arn: str) -> Refusal:
    """Refuse a function that the template does not have."""
    return Refusal(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"Function not found: {arn}")


def throttled() -> Refusal:
    """Refuse what would make a queue too long."""
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")


def not_served(message: str) -> Refusal:
    """Refuse what AWS does and this endpoint does not."""
    return Refusal(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", message, "LocalService")


def unknown_path() -> Refusal:
    """Refuse a path of no Lambda API."""
    return Refusal(HTTPStatus.NOT_FOUND, "PathNotFoundLocally", "PathNotFoundException", "LocalService")


def unknown_method() -> Refusal:
    """Refuse a method that a path does not have."""
    status = HTTPStatus.METHOD_NOT_ALLOWED
    return Refusal(status, "MethodNotAllowedLocally", "MethodNotAllowedException", "LocalService")


def broken(message: str) -> Refusal:
    """Admit that this machine, not the request, is at fault."""
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "ServiceException", message, "Service")
