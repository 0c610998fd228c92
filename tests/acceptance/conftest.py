"""The built application, which some acceptance tests need."""

import pytest

from tests.acceptance.command import REPOSITORY


@pytest.fixture(scope="session")
def built() -> None:
    """Skip tests that need the build; `make test` builds it first."""
    if not (REPOSITORY / ".aws-sam/build/template.yaml").is_file():
        pytest.skip("the application is not built: run `make build` (`make test` does)")
