"""The tab key completes commands and options."""

import shutil
import subprocess

import pytest

from tests.acceptance.command import BIN, environment, run


@pytest.mark.parametrize(
    ("shell", "says"),
    [
        ("bash", "complete -o nosort -F"),
        ("zsh", "#compdef delay"),
        ("fish", "complete --no-files --command delay"),
    ],
)
def test_completion_script_is_printed_for_each_shell(shell: str, says: str) -> None:
    """Nothing else is printed."""
    ended = run("delay", "completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert says in ended.out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("delay re", {"reschedule", "redrive", "rewind"}),
        ("delay list --st", {"--status", "--stack-name", "--state-machine-arn", "--store"}),
        ("delay list --status WAI", {"WAITING"}),
        ("delay clock s", {"show", "skip"}),
    ],
)
def test_bash_completes_commands_options_and_values(words: str, completed: set[str]) -> None:
    """The script runs in a real bash."""
    bash = shutil.which("bash")
    assert bash is not None
    script = (
        'eval "$(delay completion bash)"\n'
        f"COMP_WORDS=({words}); COMP_CWORD={len(words.split()) - 1}\n"
        "_delay_completion delay; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    path = f"{BIN}:/usr/bin:/bin"
    ended = subprocess.run(
        [bash, "-c", script], env=environment(PATH=path), capture_output=True, text=True, check=True
    )
    assert set(ended.stdout.split()) == completed
