"""The root command: its list of commands, and the modules that it imports."""

import re
import subprocess
import sys

import click
import pytest

from delay.cli.main import LazyCommand, delay

COMMANDS = list(delay.commands.values())

HELP = """
import sys
before = set(sys.modules)
import delay.__main__
print(*set(sys.modules) - before)
from delay.cli.main import delay
delay(["--help"], standalone_mode=False)
print(*sys.modules)
"""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_listed_command_exists(command: LazyCommand) -> None:
    """It has the name in the list, and its own help."""
    loaded = command.load()
    assert loaded.name == command.name
    assert loaded.help


def test_help_imports_no_command() -> None:
    """It must appear at once, without AWS's client, the local endpoints or tables.

    What is imported before Ctrl-C is handled is next to nothing.
    """
    printed = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    first, *_, last = printed.stdout.splitlines()
    assert {name for name in first.split() if "delay" in name} == {"delay", "delay.__main__"}
    assert not {"dataclasses", "datetime", "typing"} & set(first.split())
    modules = set(last.split())
    assert "delay.cli.main" in modules
    assert not modules & {"boto3", "botocore", "rich", "stepfunctions_local", "delay.cli.commands.demo"}


def test_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error comes when the command runs, on one line."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    for module in ("delay.cli.commands.demo", "delay.cli.output.plain_console", "delay.cli.output.countdown"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(
        click.ClickException, match=r"demo needs rich.console: install delayed-tasks with its extra \[local\]"
    ):
        delay(["demo", "--help"], standalone_mode=False)


def test_library_missed_by_a_running_command_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console imports its server last, so that its help needs none."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for module in ("delay.console.server", "delay.console.opener", "delay.cli.commands.console"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    arguments = ["console", "--table-arn", "arn:aws:dynamodb:eu-west-1:123456789012:table/Tasks", "--no-open"]
    with pytest.raises(
        click.ClickException, match=r"console needs aiohttp: install delayed-tasks with its extra \[console\]"
    ):
        delay(arguments, standalone_mode=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["schedul", "{}"], r"No such command 'schedul'\. Did you mean schedule\?"),
        (["qqq"], r"No such command 'qqq'\.$"),
        (["--store", "table", "list"], r"No such option: --store\. Options follow the command"),
        (["--hlep"], r"^No such option: --hlep$"),
    ],
)
def test_refused_word_is_answered_with_the_probable_one(arguments: list[str], message: str) -> None:
    """A command of a similar name is named, and options before the command are refused with their place."""
    with pytest.raises(click.UsageError) as refusal:
        delay(arguments, standalone_mode=False)
    assert re.search(message, refusal.value.message)
