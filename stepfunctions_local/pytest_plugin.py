"""Fixtures for a project's tests. Name this module in `pytest_plugins`, or import them."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.testing import LocalStepFunctions


@pytest.fixture
def step_functions_project(request: pytest.FixtureRequest) -> Path | None:
    """Return the folder that `sam build` ran in: pytest's root.

    Override it to use another folder, or return None to use no project.
    """
    return request.config.rootpath


@pytest.fixture
def step_functions_allowed_hosts() -> Collection[str]:
    """Return further names that requests may be for, without a port: none. Override it to allow some."""
    return ()


@pytest.fixture
def step_functions_allowed_origins() -> Collection[str]:
    """Return web pages that may send requests (CORS): none. Override it to allow some."""
    return ()


@pytest.fixture
def step_functions_mock_config() -> Path | Mapping[str, Any] | None:
    """Return the test cases in which Tasks return mocked responses: none. Override it to name some."""
    return None


@pytest.fixture
def local_step_functions(
    step_functions_project: Path | None,
    step_functions_allowed_hosts: Collection[str],
    step_functions_allowed_origins: Collection[str],
    step_functions_mock_config: Path | Mapping[str, Any] | None,
) -> Iterator[LocalStepFunctions]:
    """Run the project on endpoints of its own for this test, in memory, with a clock to skip."""
    with LocalStepFunctions(
        step_functions_project,
        mock_config=step_functions_mock_config,
        allowed_hosts=step_functions_allowed_hosts,
        allowed_origins=step_functions_allowed_origins,
    ) as local:
        yield local
