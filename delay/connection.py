"""The boto3 clients: what is needed of them, and those for callers who bring none.

boto3 is imported when the first is made: it takes its time.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from delay.aws_error import AWS_ERRORS, told

_CONNECTIONS: Final = 32

_Method = Callable[..., Any]


class StepFunctionsClient(Protocol):
    """What Delay calls of boto3's client for Step Functions, with or without its type stubs."""

    @property
    def meta(self) -> Any:  # noqa: ANN401 - boto3 has no types
        """What the client tells of itself."""
        ...

    @property
    def start_execution(self) -> _Method:
        """StartExecution."""
        ...

    @property
    def describe_execution(self) -> _Method:
        """DescribeExecution."""
        ...

    @property
    def stop_execution(self) -> _Method:
        """StopExecution."""
        ...

    @property
    def redrive_execution(self) -> _Method:
        """RedriveExecution."""
        ...

    @property
    def list_executions(self) -> _Method:
        """ListExecutions."""
        ...

    @property
    def get_execution_history(self) -> _Method:
        """GetExecutionHistory."""
        ...


class CloudFormationClient(Protocol):
    """What Delay calls of boto3's client for CloudFormation."""

    @property
    def describe_stacks(self) -> _Method:
        """DescribeStacks."""
        ...


def connect(region: str) -> StepFunctionsClient:
    """Make a client that slows down by itself when it is throttled.

    Raises:
        ServiceError: the configuration of AWS on this machine does not allow it.

    """
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(retries={"mode": "adaptive"}, max_pool_connections=_CONNECTIONS)
    sfn: StepFunctionsClient = _client("stepfunctions", region_name=region, config=config)
    return sfn


def connect_cloudformation() -> CloudFormationClient:
    """Make a client for the Region that the environment says.

    Raises:
        ServiceError: as above, or there is no Region.

    """
    cloudformation: CloudFormationClient = _client("cloudformation")
    return cloudformation


def _client(service: Any, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    import boto3  # noqa: PLC0415 - see above

    try:
        return boto3.client(service, **options)
    except AWS_ERRORS as error:
        raise told(error, f"A client for {service}", service) from error
