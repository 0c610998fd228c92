"""What the acceptance tests stand on: the application, built."""

import pytest

from tests.acceptance.command import REPOSITORY


@pytest.fixture(scope="session")
def built() -> None:
    """Skip what needs the build; `make test` makes it before the tests."""
    if not (REPOSITORY / ".aws-sam/build/template.yaml").is_file():
        pytest.skip("the application is not built: run `make build` (`make test` does)")
