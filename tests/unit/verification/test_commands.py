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


def test_commands_see_nothing_that_leads_to_an_account_of_the_callers(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor to an endpoint, a stack or a setting of sam; all else of the environment is theirs."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_SQS", "DELAY_STACK_NAME", "SAM_CONFIG_ENV"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert "elsewhere" not in commands.environment.values()
    assert commands.environment["LANG"] == "C.UTF-8"


def test_credentials_are_asked_anew_for_each_command(tmp_path: Path) -> None:
    """Some expire within the hour."""
    keys = iter("ab")
    commands = Commands(tmp_path, tmp_path / "log", credentials=lambda: {"AWS_ACCESS_KEY_ID": next(keys)})
    tell = ("python", "-c", "import os; print(os.environ['AWS_ACCESS_KEY_ID'])")
    assert [commands.run(*tell) for _ in range(2)] == ["a\n", "b\n"]


def test_a_command_that_is_interrupted_is_in_the_log(commands: Commands) -> None:
    """It is the first that one wants to know."""
    with pytest.raises(KeyboardInterrupt):
        Commands(commands.folder, commands.log, credentials=_interrupted).run("python", "-c", "")
    assert commands.log.read_text() == "$ python -c \n"


def _interrupted() -> dict[str, str]:
    raise KeyboardInterrupt
