"""Fixtures for the tests of a project: name this module in `pytest_plugins`, or import them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stepfunctions_local.testing import LocalStepFunctions


@pytest.fixture
def step_functions_project(request: pytest.FixtureRequest) -> Path | None:
    """Say which folder `sam build` was run in: pytest's root. Override it for another; None is no project."""
    return request.config.rootpath


@pytest.fixture
def local_step_functions(step_functions_project: Path | None) -> Iterator[LocalStepFunctions]:
    """Run the project on endpoints of the test's own, in memory, with time to skip."""
    with LocalStepFunctions(step_functions_project) as local:
        yield local
