"""The errors that the Step Functions API answers with; a class is named as AWS names the type.

    StepFunctionsLocalError
    └── ServiceError
        ├── ConflictException
        ├── ExecutionAlreadyExists, ExecutionDoesNotExist, ExecutionNotRedrivable
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

Messages follow AWS's own. Source: "Step Functions API Reference", the Errors of each action.
"""

from collections.abc import Mapping
from types import MappingProxyType

from stepfunctions_local.errors import StepFunctionsLocalError


class ServiceError(StepFunctionsLocalError):
    """Base of the errors that a client is answered with, with this HTTP status and these members."""

    status = 400
    members: Mapping[str, str] = MappingProxyType({})

    @property
    def code(self) -> str:
        """The error's type, as clients know it."""
        return type(self).__name__


class ConflictException(ServiceError):
    """What is asked for does not go with what is there."""

    status = 409


class ExecutionAlreadyExists(ServiceError):
    """The name is taken by an execution with other input, or by one that has ended."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Execution Already Exists: '{arn}'")


class ExecutionDoesNotExist(ServiceError):
    """No execution has this ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Execution Does Not Exist: '{arn}'")


class ExecutionNotRedrivable(ServiceError):
    """The execution cannot go on from where it ended; the message says why."""

    def __init__(self, arn: str, reason: str) -> None:
        super().__init__(f"Execution {arn} invalid for redrive as: {reason}")


class InvalidArn(ServiceError):
    """The text is not an ARN of the kind that the call takes."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid Arn: '{reason}'")


class InvalidDefinition(ServiceError):
    """The definition is not the Amazon States Language, or uses what is not supported."""


class InvalidExecutionInput(ServiceError):
    """The input is not JSON, or too large."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid State Machine Execution Input: '{reason}'")


class InvalidLoggingConfiguration(ServiceError):
    """The state machine could not log so."""

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
    """The token, for a page or of a task, was not given out for what it is given to."""

    def __init__(self) -> None:
        super().__init__("Invalid Token: 'Invalid token'")


class JournalUnwritable(ServiceError):
    """What was asked for cannot be written down, so it is not acknowledged. AWS has no such error.

    Clients take it for a service that is unavailable, and try again.
    """

    status = 503


class MissingRequiredParameter(ServiceError):
    """An update that updates nothing."""


class ResourceNotFound(ServiceError):
    """There is no such state machine to tag, version or alias."""

    def __init__(self, arn: str, message: str = "Request references a resource that does not exist.") -> None:
        super().__init__(message)
        self.members = {"resourceName": arn}


class ServiceQuotaExceededException(ServiceError):
    """There are as many as there may be."""

    status = 402


class StateMachineAlreadyExists(ServiceError):
    """The name is taken by a state machine that is configured differently."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"State Machine Already Exists: '{arn}'")


class StateMachineDeleting(ServiceError):
    """The state machine goes away once its executions have ended."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"State Machine is being deleted: '{arn}'")


class StateMachineDoesNotExist(ServiceError):
    """No state machine has this ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"State Machine Does Not Exist: '{arn}'")


class StateMachineTypeNotSupported(ServiceError):
    """Only Standard workflows run here."""


class TaskDoesNotExist(ServiceError):
    """The token is of an execution that is not kept any longer."""

    def __init__(self) -> None:
        super().__init__("Task Does Not Exist: 'Provided task does not exist'")


class TaskTimedOut(ServiceError):
    """The token is of an attempt that nobody waits for any longer, be it because it came back before."""

    def __init__(self) -> None:
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


class TooManyTags(ServiceError):
    """A state machine has as many tags as it may have."""

    def __init__(self, arn: str, message: str) -> None:
        super().__init__(f"{message}: '{arn}'")
        self.members = {"resourceName": arn}


class ValidationException(ServiceError):
    """The request breaks a rule of the API's model, for one of the reasons that the API names."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        if reason:
            self.members = {"reason": reason}
