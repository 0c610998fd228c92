"""A Step Functions endpoint for these tests, and a boto3 client of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.server import serve_states

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    settings = Settings(wait_time_scale=0.05)
    with in_background(serve_states(settings, "127.0.0.1", 0, {"lambda": NOWHERE})) as server:
        yield server.url


@pytest.fixture(scope="session")
def sfn(endpoint_url: str) -> "SFNClient":
    return boto3.client(
        "stepfunctions",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
