"""The tutorial shows the output that its commands print."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, run, running

PAGE = (REPOSITORY / "docs" / "tutorial" / "first-task.md").read_text(encoding="utf-8")
STEPS = [
    (commands, shown)
    for commands, shown in re.findall(r"```sh\n(.*?)```\n\n```\n(.*?)```", PAGE, re.DOTALL)
    if "make build" not in commands and "delay local" not in commands
]
"""The commands of each step between start and rebuild, and the output below them."""
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


def run_step(commands: str, url: str) -> Iterator[str]:
    """Run each command of a step, with the endpoint at `url`, and return its lines.

    They start warm, without the shell that a person would paste them into.
    """
    for program in re.findall(r"^python - <<'END'\n(.*?)^END$", commands, re.MULTILINE | re.DOTALL):
        yield from run_command("python", "-c", program, url=url)
    for command, width in re.findall(r"^(delay [a-z].*?)(?: \| cut -c 1-(\d+))?$", commands, re.MULTILINE):
        here = command.replace("clock skip", f"clock skip --endpoint-url {url}")
        lines = run_command(*shlex.split(here), url=url)
        yield from (line[: int(width)] if width else line for line in lines)


def run_command(*command: str, url: str) -> list[str]:
    """Run a command that succeeds, and return the lines it prints."""
    ended = run(*command, AWS_ENDPOINT_URL=url, DELAY_LOCAL="1", DELAY_STATE_MACHINE_ARN=MACHINE)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.splitlines()


def without_times(line: str) -> str:
    """Leave out dates, and times that depend on the moment of the command."""
    dateless = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "DATE", line)
    timeless = re.sub(r"\(in [^)]*\)|\d+ days, [\d:]+ ahead", "TIME", dateless)
    return re.sub(r"(\d+)\.\d{3} s", r"\1 s", timeless).rstrip()


@pytest.mark.usefixtures("built")
def test_each_step_prints_the_output_on_the_page(tmp_path: Path) -> None:
    """Dates and times are ignored."""
    assert len(STEPS) == 6
    options = ("--port", "0", "--lambda-port", "0", "--in-memory")
    with running("delay", "local", *options, folder=tmp_path) as local:
        for commands, shown in STEPS:
            lines = [without_times(line) for line in run_step(commands, local.urls[0])]
            assert lines == [without_times(line) for line in shown.splitlines()]
