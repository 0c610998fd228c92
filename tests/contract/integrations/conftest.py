"""Services for Task states to call, and an endpoint that calls them."""

from collections.abc import Iterator

import pytest

from stepfunctions_local.background import in_background
from stepfunctions_local.testing import LocalStepFunctions
from tests.aws_services import AwsServices, serve_aws_services


@pytest.fixture
def services() -> Iterator[AwsServices]:
    with in_background(serve_aws_services()) as services:
        yield services


@pytest.fixture
def local(services: AwsServices) -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions(endpoints=services.endpoints()) as local:
        yield local
