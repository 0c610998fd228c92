"""The boto3 clients: what is needed of them, and those for callers who bring none.

boto3 is imported when the first is made: it takes its time.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from delay.aws.error import AWS_ERRORS, told

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


class SqsClient(Protocol):
    """What DeadLetterQueue calls of boto3's client for SQS."""

    @property
    def receive_message(self) -> _Method:
        """ReceiveMessage."""
        ...

    @property
    def delete_message(self) -> _Method:
        """DeleteMessage."""
        ...

    @property
    def change_message_visibility_batch(self) -> _Method:
        """ChangeMessageVisibilityBatch."""
        ...

    @property
    def get_queue_attributes(self) -> _Method:
        """GetQueueAttributes."""
        ...


class CloudFormationClient(Protocol):
    """What Delay calls of boto3's client for CloudFormation."""

    @property
    def describe_stacks(self) -> _Method:
        """DescribeStacks."""
        ...


def connect(
    region: str | None = None, *, profile: str | None = None, endpoint_url: str | None = None
) -> StepFunctionsClient:
    """Make a client that slows down when it is throttled. What is left out, the environment says.

    Raises:
        ServiceError: the configuration of AWS on this machine does not allow it.

    """
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(retries={"mode": "adaptive"}, max_pool_connections=_CONNECTIONS)
    sfn: StepFunctionsClient = _client(
        "stepfunctions", region, profile, endpoint_url=endpoint_url, config=config
    )
    return sfn


def connect_local(endpoint_url: str, region: str) -> StepFunctionsClient:
    """Make a client for an endpoint on this machine, or one next to it, which checks no credentials."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    sfn: StepFunctionsClient = _client(
        "stepfunctions",
        region,
        endpoint_url=endpoint_url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nobody checks it
        config=Config(
            inject_host_prefix=False,  # there is no sync-127.0.0.1
            max_pool_connections=_CONNECTIONS,
            proxies={},  # one in the environment is for other machines
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )
    return sfn


def connect_cloudformation(region: str | None = None, *, profile: str | None = None) -> CloudFormationClient:
    """Make a client for CloudFormation. What is left out, the environment says.

    Raises:
        ServiceError: as above, or there is no Region.

    """
    cloudformation: CloudFormationClient = _client("cloudformation", region, profile)
    return cloudformation


def connect_sqs(region: str | None = None, *, profile: str | None = None) -> SqsClient:
    """Make a client for SQS. What is left out, the environment says.

    Raises:
        ServiceError: as above.

    """
    sqs: SqsClient = _client("sqs", region, profile)
    return sqs


def _client(service: Any, region: str | None, profile: str | None = None, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    import boto3  # noqa: PLC0415 - see above

    try:
        return boto3.Session(profile_name=profile, region_name=region).client(service, **options)
    except AWS_ERRORS as error:
        raise told(error, f"A client for {service}", service) from error
