"""A command that is started warm does what it does when a person starts it."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, run, running
from tests.acceptance.project import build, function

pytestmark = pytest.mark.usefixtures("manner")


@pytest.fixture(params=["cold", "warm"])
def manner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELAY_TESTS_COLD", "1" if request.param == "cold" else "")


def test_streams_folder_environment_and_exit_code_are_its_own(tmp_path: Path) -> None:
    """It reads what is typed, writes where it shall, and looks around from where it is."""
    (tmp_path / "tasks").touch()
    ended = run("delay", "schedule", "-", "--in", "7d", typed="{'a': 1}", folder=tmp_path, DELAY_LOCAL="1")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("not JSON: Expecting property name enclosed in double quotes at column 2.\n")
    assert run("delay", "import", "tasks", folder=tmp_path, DELAY_LOCAL="1") == Ended(
        1, "", "Error: tasks could be NDJSON or CSV: give --format.\n"
    )


def test_a_signal_ends_it(tmp_path: Path) -> None:
    """The exit code says which one."""
    build(tmp_path, F=function("careless.echo"))
    with running("lambda-local", "--port", "0", project=tmp_path, folder=tmp_path) as started:
        assert started.process.poll() is None
        assert started.end(signal.SIGKILL) == -signal.SIGKILL
    with running("lambda-local", "--port", "0", project=tmp_path, folder=tmp_path) as started:
        assert started.end(signal.SIGTERM) == 0
