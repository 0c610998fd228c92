"""The command's root: what it lists, and what it does not import for that."""

import subprocess
import sys

import click
import pytest

from delay.cli.main import LazyCommand, delay

COMMANDS = list(delay.commands.values())

HELP = """
import sys
from delay.cli.main import delay
delay(["--help"], standalone_mode=False)
print(*sys.modules)
"""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_a_command_that_is_listed_is_there(command: LazyCommand) -> None:
    """Under the name that the list gives, and with help of its own."""
    loaded = command.load()
    assert loaded.name == command.name
    assert loaded.help


def test_help_imports_no_command() -> None:
    """Neither AWS's client, nor the local endpoints, nor what draws tables: it shall be there at once."""
    told = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)  # noqa: S603
    modules = set(told.stdout.splitlines()[-1].split())
    assert "delay.cli.main" in modules
    assert not modules & {"boto3", "botocore", "rich", "stepfunctions_local", "delay.cli.commands.demo"}


def test_what_is_not_installed_is_named_with_the_extra_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the command is run, and in one line; the others go on."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    for module in ("delay.cli.commands.demo", "delay.cli.output.plain_console", "delay.cli.output.countdown"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(
        click.ClickException, match=r"delay demo needs rich.console: pip install 'delay\[local\]'"
    ):
        delay(["demo", "--help"], standalone_mode=False)
