"""The boto3 clients: protocols of the methods used here, and the clients created by default.

boto3 is imported when the first client is created, because the import is slow.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from delay.aws.error import AWS_ERRORS, translate_error

_CONNECTIONS: Final = 32

_Method = Callable[..., Any]


class StepFunctionsClient(Protocol):
    """The part of boto3's client for Step Functions that Delay uses, with or without its type stubs."""

    @property
    def meta(self) -> Any:  # noqa: ANN401 - boto3 has no types
        """The client's metadata: its Region, its configuration and its event hooks."""
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
    """The part of boto3's client for SQS that DeadLetterQueue uses."""

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
    """The part of boto3's client for CloudFormation that Delay uses."""

    @property
    def describe_stacks(self) -> _Method:
        """DescribeStacks."""
        ...


def connect(
    region: str | None = None, *, profile: str | None = None, endpoint_url: str | None = None
) -> StepFunctionsClient:
    """Create a client that slows down when it is throttled. The environment supplies the arguments left out.

    Raises:
        ServiceError: AWS is not configured, or not correctly, on this computer.

    """
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(retries={"mode": "adaptive"}, max_pool_connections=_CONNECTIONS)
    sfn: StepFunctionsClient = _create(
        "stepfunctions", region, profile, endpoint_url=endpoint_url, config=config
    )
    return sfn


def connect_local(endpoint_url: str, region: str) -> StepFunctionsClient:
    """Create a client for an endpoint on this computer or a neighbour, which checks no credentials."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    sfn: StepFunctionsClient = _create(
        "stepfunctions",
        region,
        endpoint_url=endpoint_url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local endpoint does not check signatures
        config=Config(
            inject_host_prefix=False,  # there is no sync-127.0.0.1
            max_pool_connections=_CONNECTIONS,
            proxies={},  # a proxy in the environment is for other hosts
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )
    return sfn


def connect_cloudformation(region: str | None = None, *, profile: str | None = None) -> CloudFormationClient:
    """Create a client for CloudFormation. The environment supplies the arguments left out.

    Raises:
        ServiceError: as above, or no Region is configured.

    """
    cloudformation: CloudFormationClient = _create("cloudformation", region, profile)
    return cloudformation


def connect_sqs(region: str | None = None, *, profile: str | None = None) -> SqsClient:
    """Create a client for SQS. The environment supplies the arguments left out.

    Raises:
        ServiceError: as above.

    """
    sqs: SqsClient = _create("sqs", region, profile)
    return sqs


def _create(service: Any, region: str | None, profile: str | None = None, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    import boto3  # noqa: PLC0415 - see above

    try:
        return boto3.Session(profile_name=profile, region_name=region).client(service, **options)
    except AWS_ERRORS as error:
        raise translate_error(error, f"A client for {service}", service) from error
