"""A command that is started warm behaves as if a person had started it."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, run, running
from tests.acceptance.project import build, function

pytestmark = pytest.mark.usefixtures("manner")


@pytest.fixture(params=["cold", "warm"])
def manner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELAY_TESTS_COLD", "1" if request.param == "cold" else "")


def test_command_has_its_own_streams_folder_environment_and_exit_code(tmp_path: Path) -> None:
    """It reads its own input, writes to its own streams, and runs in its own folder."""
    (tmp_path / "tasks").touch()
    ended = run("delay", "schedule", "-", "--in", "7d", typed="{'a': 1}", folder=tmp_path, DELAY_LOCAL="1")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("not JSON: Expecting property name enclosed in double quotes at column 2.\n")
    assert run("delay", "import", "tasks", folder=tmp_path, DELAY_LOCAL="1") == Ended(
        1, "", "Error: tasks could be NDJSON or CSV: give --format.\n"
    )


def test_signal_ends_the_command(tmp_path: Path) -> None:
    """An uncaught signal shows in the exit code."""
    build(tmp_path, F=function("careless.echo"))
    with running("lambda-local", "--port", "0", project=tmp_path, folder=tmp_path) as started:
        assert started.process.poll() is None
        assert started.end(signal.SIGKILL) == -signal.SIGKILL
    with running("lambda-local", "--port", "0", project=tmp_path, folder=tmp_path) as started:
        assert started.end(signal.SIGTERM) == 0
