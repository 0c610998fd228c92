"""The errors of the Step Functions API. A class has the name of the error's type on AWS.

    StepFunctionsLocalError
    └── ServiceError
        ├── ActivityAlreadyExists, ActivityDoesNotExist, ActivityLimitExceeded, ActivityWorkerLimitExceeded
        ├── ConflictException
        ├── ExecutionAlreadyExists, ExecutionDoesNotExist, ExecutionLimitExceeded, ExecutionNotRedrivable
        ├── InvalidArn, InvalidDefinition, InvalidExecutionInput, InvalidLoggingConfiguration, InvalidName
        ├── InvalidOutput, InvalidToken
        ├── JournalUnwritable
        ├── MissingRequiredParameter
        ├── ResourceNotFound
        ├── ServiceQuotaExceededException
        ├── StateMachineAlreadyExists, StateMachineDeleting, StateMachineDoesNotExist
        ├── StateMachineTypeNotSupported
        ├── TaskDoesNotExist, TaskTimedOut
        ├── TooManyTags
        └── ValidationException

Messages are worded after AWS's. Source: "Step Functions API Reference", the Errors of each action.
"""

from collections.abc import Mapping
from types import MappingProxyType

from stepfunctions_local.errors import StepFunctionsLocalError


class ServiceError(StepFunctionsLocalError):
    """Base of the errors returned to a client, with the HTTP status and further members of the response."""

    status = 400
    members: Mapping[str, str] = MappingProxyType({})

    @property
    def code(self) -> str:
        """The error's type, as clients know it."""
        return type(self).__name__


class ActivityAlreadyExists(ServiceError):
    """The name is taken by an activity with another encryption."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Activity Already Exists: '{arn}'")


class ActivityDoesNotExist(ServiceError):
    """No activity has this ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Activity Does Not Exist: '{arn}'")


class ActivityLimitExceeded(ServiceError):
    """There are as many activities as are allowed."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Activity Limit Exceeded: there are {most} activities. Delete one first.")


class ActivityWorkerLimitExceeded(ServiceError):
    """As many workers wait for Tasks as are allowed."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Activity Worker Limit Exceeded: {most} workers wait for Tasks. Try again later.")


class ConflictException(ServiceError):
    """The request conflicts with the present state of the resource."""

    status = 409


class ExecutionAlreadyExists(ServiceError):
    """The name is taken by an execution with other input, or by one that has ended."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Execution Already Exists: '{arn}'")


class ExecutionDoesNotExist(ServiceError):
    """No execution has this ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Execution Does Not Exist: '{arn}'")


class ExecutionLimitExceeded(ServiceError):
    """As many executions run as there is memory for."""

    def __init__(self) -> None:
        super().__init__("The maximum number of running executions has been reached.")


class ExecutionNotRedrivable(ServiceError):
    """The execution cannot be redriven. The message has the reason."""

    def __init__(self, arn: str, reason: str) -> None:
        super().__init__(f"Execution {arn} invalid for redrive as: {reason}")


class InvalidArn(ServiceError):
    """The text is not an ARN of the kind that the call accepts."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid Arn: '{reason}'")


class InvalidDefinition(ServiceError):
    """The definition is not valid in the Amazon States Language, or uses an unsupported feature."""


class InvalidExecutionInput(ServiceError):
    """The input is not JSON, or too large."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid State Machine Execution Input: '{reason}'")


class InvalidLoggingConfiguration(ServiceError):
    """The logging configuration is not valid."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid Logging Configuration: {reason}")


class InvalidName(ServiceError):
    """The name has characters that names must not have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Invalid Name: '{name}'")


class InvalidOutput(ServiceError):
    """The output that came with a task token is not JSON."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid Output: '{reason}'")


class InvalidToken(ServiceError):
    """The page token or task token was not issued for this request."""

    def __init__(self) -> None:
        super().__init__("Invalid Token: 'Invalid token'")


class JournalUnwritable(ServiceError):
    """The request cannot be written to disk, so it is not acknowledged. AWS has no such error.

    Clients treat it as an unavailable service, and retry.
    """

    status = 503


class MissingRequiredParameter(ServiceError):
    """The request to update has nothing to update."""


class ResourceNotFound(ServiceError):
    """The state machine, version, alias or activity does not exist."""

    def __init__(self, arn: str, message: str = "Request references a resource that does not exist.") -> None:
        super().__init__(message)
        self.members = {"resourceName": arn}


class ServiceQuotaExceededException(ServiceError):
    """The state machine has as many versions or aliases as are allowed."""

    status = 402


class StateMachineAlreadyExists(ServiceError):
    """The name is taken by a state machine with another setup."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"State Machine Already Exists: '{arn}'")


class StateMachineDeleting(ServiceError):
    """The state machine is being deleted: it is gone once its executions have ended."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"State Machine is being deleted: '{arn}'")


class StateMachineDoesNotExist(ServiceError):
    """No state machine has this ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"State Machine Does Not Exist: '{arn}'")


class StateMachineTypeNotSupported(ServiceError):
    """The operation is not for state machines of this type."""

    def __init__(self) -> None:
        super().__init__("This operation is not supported by this type of state machine")


class TaskDoesNotExist(ServiceError):
    """The token is for an execution that is no longer kept."""

    def __init__(self) -> None:
        super().__init__("Task Does Not Exist: 'Provided task does not exist'")


class TaskTimedOut(ServiceError):
    """The token is for an attempt that is over, perhaps because the token was used before."""

    def __init__(self) -> None:
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


class TooManyTags(ServiceError):
    """A state machine or an activity would have more tags than are allowed."""

    def __init__(self, arn: str, message: str) -> None:
        super().__init__(f"{message}: '{arn}'")
        self.members = {"resourceName": arn}


class ValidationException(ServiceError):
    """The request breaks a rule of the API's model. `reason` is one that the API names."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        if reason:
            self.members = {"reason": reason}
