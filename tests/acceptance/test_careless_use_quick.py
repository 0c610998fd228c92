"""A mistake of a user is answered with the given value, the allowed ones and the next step."""

from pathlib import Path

import pytest

from tests.acceptance.command import run
from tests.acceptance.project import build


@pytest.mark.parametrize("command", [("delay", "local"), ("delay", "demo"), ("lambda-local",)])
def test_missing_build_is_reported_with_the_build_command(tmp_path: Path, command: tuple[str, ...]) -> None:
    """The message is one line and names the folder."""
    ended = run(*command, folder=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        f"Error: There is no {tmp_path}/.aws-sam/build/template.yaml: run `sam build` in {tmp_path} first.\n"
    )


@pytest.mark.parametrize("command", ["delay local --lambda-port 0", "stepfunctions-local"])
def test_unknown_host_is_refused(tmp_path: Path, command: str) -> None:
    """The message is one line and names the host."""
    build(tmp_path)
    ended = run(*command.split(), "--port", "0", "--host", "nonsense.invalid", folder=tmp_path)
    assert ended.code == 1
    assert ended.err.startswith("Error: Cannot listen on nonsense.invalid:0 (")
    assert len(ended.err.splitlines()) == 1
