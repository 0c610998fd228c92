"""The console of `delay local` answers a browser."""

from delay.cli.main import delay
from tests.acceptance.command import run


def test_console_command_is_listed() -> None:
    """Among the commands on tasks."""
    assert "console" in delay.commands


def test_console_names_its_options() -> None:
    """The help says that it can be read-only, and where it listens."""
    ended = run("delay", "console", "--help")
    for option in ("--read-only", "--no-open", "--port", "--host", "--allowed-host", "--stack-name"):
        assert option in ended.out
    assert ended.code == 0


def test_console_needs_a_state_machine() -> None:
    """As the other commands do."""
    ended = run("delay", "console", "--no-open")
    assert ended.code == 2
    assert "--local" in ended.err
