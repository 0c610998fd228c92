"""The boto3 clients: protocols of the methods used here, and the clients created by default.

boto3 is imported when the first client is created, because the import is slow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from delay.aws.error import AWS_ERRORS, translate_error
from delay.aws.unconfigured import create_unconfigured_client

_CONNECTIONS: Final = 32
_TABLE_CONNECTIONS: Final = 128
"""Several threads may list the same table, each with 32 requests under way. Unused ones cost nothing."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call to an endpoint that does not answer may take.

    botocore's own defaults are a minute each, at up to 3 attempts (5 for SQS and CloudFormation). Step
    Functions answers within milliseconds, and SQS within the 2 seconds that this package polls for.
    """

    connect_seconds: float = 5
    """To connect, TLS included."""
    read_seconds: float = 10
    """From one byte of an answer to the next."""
    attempts: int = 3
    """The first attempt and botocore's retries. Between two it pauses for up to 1 s, then 2 s."""

    def build_options(self, mode: str) -> Mapping[str, Any]:
        """Return the options of botocore's Config, with one of its retry modes."""
        return {
            "connect_timeout": self.connect_seconds,
            "read_timeout": self.read_seconds,
            "retries": {"mode": mode, "total_max_attempts": self.attempts},
        }


DEFAULT_TIMEOUTS: Final = Timeouts()
_LOCAL_TIMEOUTS: Final = Timeouts(connect_seconds=2, read_seconds=20, attempts=2)
"""An endpoint on this computer is found at once, but may share two busy cores with the client."""

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
    def describe_state_machine_alias(self) -> _Method:
        """DescribeStateMachineAlias."""
        ...

    @property
    def get_execution_history(self) -> _Method:
        """GetExecutionHistory."""
        ...


class SqsClient(Protocol):
    """The part of boto3's client for SQS that dead letters use."""

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


class DynamoDbClient(Protocol):
    """The part of boto3's client for DynamoDB that a table's store uses."""

    @property
    def meta(self) -> Any:  # noqa: ANN401 - boto3 has no types
        """The client's metadata."""
        ...

    @property
    def get_item(self) -> _Method:
        """GetItem."""
        ...

    @property
    def put_item(self) -> _Method:
        """PutItem."""
        ...

    @property
    def update_item(self) -> _Method:
        """UpdateItem."""
        ...

    @property
    def query(self) -> _Method:
        """Query."""
        ...

    @property
    def batch_get_item(self) -> _Method:
        """BatchGetItem."""
        ...

    @property
    def batch_write_item(self) -> _Method:
        """BatchWriteItem."""
        ...

    @property
    def batch_execute_statement(self) -> _Method:
        """BatchExecuteStatement."""
        ...


class CloudFormationClient(Protocol):
    """The part of boto3's client for CloudFormation that Delay uses."""

    @property
    def describe_stacks(self) -> _Method:
        """DescribeStacks."""
        ...


def connect(
    region: str | None = None,
    *,
    profile: str | None = None,
    endpoint_url: str | None = None,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> StepFunctionsClient:
    """Create a client that slows down when it is throttled. The environment supplies the arguments left out.

    Raises:
        ServiceError: AWS is not configured, or not correctly, on this computer.

    """
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(max_pool_connections=_CONNECTIONS, **timeouts.build_options("adaptive"))
    sfn: StepFunctionsClient = _create(
        "stepfunctions", region, profile, endpoint_url=endpoint_url, config=config
    )
    return sfn


def connect_local(
    endpoint_url: str, region: str, *, timeouts: Timeouts = _LOCAL_TIMEOUTS
) -> StepFunctionsClient:
    """Create a client for an endpoint on this computer or a neighbour, which checks no credentials.

    It reads nothing of AWS's configuration, which may be missing or wrong.
    """
    from botocore.config import Config  # noqa: PLC0415 - see above

    sfn: StepFunctionsClient = create_unconfigured_client(
        "stepfunctions",
        region,
        endpoint_url=endpoint_url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local endpoint does not check signatures
        config=Config(
            inject_host_prefix=False,  # there is no sync-127.0.0.1
            max_pool_connections=_CONNECTIONS,
            proxies={},  # a proxy in the environment is for other hosts
            **timeouts.build_options("standard"),
        ),
    )
    return sfn


def connect_local_service(service: str, endpoint_url: str, region: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """Create a client for a service that `delay local` runs beside Step Functions: `dynamodb` or `sqs`."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(
        max_pool_connections=_TABLE_CONNECTIONS, proxies={}, **_LOCAL_TIMEOUTS.build_options("standard")
    )
    return create_unconfigured_client(
        service,
        region,
        endpoint_url=endpoint_url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - as above
        config=config,
    )


def connect_cloudformation(region: str | None = None, *, profile: str | None = None) -> CloudFormationClient:
    """Create a client for CloudFormation. The environment supplies the arguments left out.

    Raises:
        ServiceError: as above, or no Region is configured.

    """
    cloudformation: CloudFormationClient = _create_plain("cloudformation", region, profile)
    return cloudformation


def connect_sqs(
    region: str | None = None, *, profile: str | None = None, endpoint_url: str | None = None
) -> SqsClient:
    """Create a client for SQS. The environment supplies the arguments left out.

    Raises:
        ServiceError: as above.

    """
    sqs: SqsClient = _create_plain("sqs", region, profile, endpoint_url=endpoint_url)
    return sqs


def connect_dynamodb(
    region: str | None = None, *, profile: str | None = None, endpoint_url: str | None = None
) -> DynamoDbClient:
    """Create a client for DynamoDB. The environment supplies the arguments left out.

    Raises:
        ServiceError: as above.

    """
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(
        max_pool_connections=_TABLE_CONNECTIONS,
        parameter_validation=False,  # it takes a quarter of the time of a batch, and finds nothing
        **DEFAULT_TIMEOUTS.build_options("standard"),
    )
    dynamodb: DynamoDbClient = _create("dynamodb", region, profile, endpoint_url=endpoint_url, config=config)
    return dynamodb


def _create_plain(service: str, region: str | None, profile: str | None, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(**DEFAULT_TIMEOUTS.build_options("standard"))
    return _create(service, region, profile, config=config, **options)


def _create(service: Any, region: str | None, profile: str | None = None, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    import boto3  # noqa: PLC0415 - see above

    try:
        return boto3.Session(profile_name=profile, region_name=region).client(service, **options)
    except AWS_ERRORS as error:
        raise translate_error(error, f"A client for {service}", service) from error
