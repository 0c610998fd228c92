"""The application: built on this computer, or the stack that `--stack-name` names."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from delay import Delay
from tests.acceptance.command import REPOSITORY
from tests.contract.stack.application import Application, find_stack, serve_build


@pytest.fixture(scope="session")
def application(request: pytest.FixtureRequest) -> Iterator[Application]:
    stack_name = request.config.getoption("--stack-name")
    if stack_name:
        yield find_stack(stack_name)
        return
    if not (REPOSITORY / ".aws-sam/build/template.yaml").is_file():
        pytest.skip("the application is not built: run `make build` (`make test` does)")
    with serve_build() as application:
        yield application


@pytest.fixture
def delay(application: Application) -> Delay:
    return application.delay


@pytest.fixture
def key() -> str:
    """A key that no earlier run has used up."""
    return f"contract-{uuid4()}"


@pytest.fixture
def variables(application: Application) -> dict[str, str]:
    """The environment variables that point a program to the application."""
    return {"DELAY_STATE_MACHINE_ARN": application.state_machine_arn, **application.variables}
