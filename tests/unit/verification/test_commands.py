"""Commands return their output or raise an error, and are logged."""

from pathlib import Path

import pytest

from verification.commands import Commands
from verification.errors import CommandFailed


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path, tmp_path / "log")


def test_command_returns_its_standard_output(commands: Commands) -> None:
    """It runs in the folder, with shared variables and its own."""
    output = commands.with_variables(WHO="a user").run(
        "python", "-c", "import os; print(os.environ['WHO'], os.getcwd())"
    )
    assert output == f"a user {commands.folder}\n"


def test_unexpected_exit_code_is_an_error_with_the_end_of_the_output(commands: Commands) -> None:
    """The log has the whole output."""
    lines = "import sys; [print(n) for n in range(99)]; print('no', file=sys.stderr); sys.exit(3)"
    with pytest.raises(CommandFailed) as failed:
        commands.run("python", "-c", lines)
    message = str(failed.value)
    assert "ended with exit code 3:" in message
    assert message.endswith("\n98\nno")
    assert "\n50\n" not in message
    assert "\n50\n" in commands.log.read_text()


def test_expected_exit_code_is_no_error(commands: Commands) -> None:
    """A success instead of the expected failure is an error."""
    assert commands.run("python", "-c", "print(1); exit(6)", code=6) == "1\n"
    with pytest.raises(CommandFailed, match="ended with exit code 0, not with 6"):
        commands.run("python", "-c", "", code=6)


def test_commands_do_not_see_the_callers_aws_settings(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the settings of `delay` and sam; they see all other variables."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_SQS", "DELAY_STACK_NAME", "SAM_CONFIG_ENV"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert "elsewhere" not in commands.environment.values()
    assert commands.environment["LANG"] == "C.UTF-8"


def test_credentials_are_fetched_for_each_command(tmp_path: Path) -> None:
    """Some expire within an hour."""
    keys = iter("ab")
    commands = Commands(tmp_path, tmp_path / "log", credentials=lambda: {"AWS_ACCESS_KEY_ID": next(keys)})
    command = ("python", "-c", "import os; print(os.environ['AWS_ACCESS_KEY_ID'])")
    assert [commands.run(*command) for _ in range(2)] == ["a\n", "b\n"]


def test_interrupted_command_is_in_the_log(commands: Commands) -> None:
    """A reader of the log looks for it first."""
    with pytest.raises(KeyboardInterrupt):
        Commands(commands.folder, commands.log, credentials=_interrupt).run("python", "-c", "")
    assert commands.log.read_text() == "$ python -c \n"


def _interrupt() -> dict[str, str]:
    raise KeyboardInterrupt
