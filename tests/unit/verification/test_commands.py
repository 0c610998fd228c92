"""Commands end as they should or say how they did, and a log keeps what they wrote."""

from pathlib import Path

import pytest

from verification.commands import Commands
from verification.errors import CommandFailed


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path, tmp_path / "log")


def test_a_command_gives_what_it_wrote(commands: Commands) -> None:
    """In the folder, with the variables that all share and those of its own."""
    told = commands.with_variables(WHO="somebody").run(
        "python", "-c", "import os; print(os.environ['WHO'], os.getcwd())"
    )
    assert told == f"somebody {commands.folder}\n"


def test_another_exit_code_is_told_with_the_end_of_what_was_written(commands: Commands) -> None:
    """The log has all of it."""
    lines = "import sys; [print(n) for n in range(99)]; print('no', file=sys.stderr); sys.exit(3)"
    with pytest.raises(CommandFailed) as failed:
        commands.run("python", "-c", lines)
    message = str(failed.value)
    assert "ended with exit code 3:" in message
    assert message.endswith("\n98\nno")
    assert "\n50\n" not in message
    assert "\n50\n" in commands.log.read_text()


def test_a_command_that_should_fail_may(commands: Commands) -> None:
    """And one that does not then has failed."""
    assert commands.run("python", "-c", "print(1); exit(6)", code=6) == "1\n"
    with pytest.raises(CommandFailed, match="ended with exit code 0, not with 6"):
        commands.run("python", "-c", "", code=6)
