"""The boto3 clients for those who bring none. boto3 is imported when the first is made: it takes its time."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_stepfunctions import SFNClient

_CONNECTIONS: Final = 32


def connect(region: str) -> "SFNClient":
    """Make a client that slows down by itself when it is throttled."""
    import boto3  # noqa: PLC0415 - see above
    from botocore.config import Config  # noqa: PLC0415 - likewise

    config = Config(retries={"mode": "adaptive"}, max_pool_connections=_CONNECTIONS)
    return boto3.client("stepfunctions", region_name=region, config=config)


def connect_cloudformation() -> "CloudFormationClient":
    """Make a client for the Region that the environment says."""
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("cloudformation")
