"""The blocks of the README run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, run, running

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"```(?:sh|python)\n(.*?)```", README, re.DOTALL)
NEEDS_MORE = ("make demo", "make build")
"""Blocks that other tests run: the demo, the endpoints, a deployment."""
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


def block_with(text: str) -> str:
    """Return the one block that holds a text."""
    (block,) = [block for block in BLOCKS if text in block]
    return block


def test_every_block_is_run_somewhere() -> None:
    """A block that is added to the README needs a test."""
    run_here = [
        block_with("from delay import"),
        block_with("delay schedule"),
        block_with("export AWS_ENDPOINT"),
    ]
    assert [block for block in BLOCKS if block not in run_here and not block.startswith(NEEDS_MORE)] == []


@pytest.mark.usefixtures("built")
def test_commands_and_python_run_against_the_local_endpoint(tmp_path: Path) -> None:
    """Nothing hangs: a week passes in a moment."""
    commands = [line for line in block_with("delay schedule").splitlines() if line.startswith("delay ")]
    with running(
        "delay", "local", "--port", "0", "--lambda-port", "0", "--in-memory", folder=tmp_path
    ) as local:
        url = local.urls[0]
        for command in [*commands, shlex.join(["python", "-c", block_with("from delay import")])]:
            here = command.replace("clock skip", f"clock skip --endpoint-url {url}")
            ended = run(
                *shlex.split(here), AWS_ENDPOINT_URL=url, DELAY_LOCAL="1", DELAY_STATE_MACHINE_ARN=MACHINE
            )
            assert (ended.code, ended.err) == (0, ""), command
