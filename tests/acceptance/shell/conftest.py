"""One local endpoint for all tests that run `delay`."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.command import running
from tests.acceptance.shell.local import Shell, build_project


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    options = ("--project", str(build_project(folder)), "--port", "0", "--lambda-port", "0", "--in-memory")
    with running("delay", "local", *options, folder=folder) as local:
        yield Shell(local.urls[0])


@pytest.fixture
def prefix() -> str:
    return f"import-{uuid4()}-"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tasks.ndjson"
