"""A prepared build of a project, and an endpoint for skipping time."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepfunctions_local.testing import LocalStepFunctions

PROJECT = Path(__file__).with_name("project")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(PROJECT, folder / ".aws-sam" / "build")
    return folder


@pytest.fixture
def local() -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions() as local:
        yield local
