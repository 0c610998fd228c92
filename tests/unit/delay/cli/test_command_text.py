"""Text of the command line: UTF-8, whatever encoding the locale names."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from delay.cli.parameters import KeyPattern, PayloadText, decode_text
from delay.cli.task_command import TaskCommand

UNDECODED = "\udcc3\udcbc"
"""The letter ü as Python reads it in the locale C."""

FOREIGN = "\udcfc"
"""The same letter of a terminal with Latin-1."""

LATIN_1 = "it is not UTF-8 text: the terminal or the script uses another encoding."


@click.command(cls=TaskCommand)
@click.argument("keys", nargs=-1)
@click.option("--prefix")
@click.option("--other")
@click.option("--report", type=click.Path(path_type=Path))
def command(**given: object) -> dict[str, object]:
    """Return what is given."""
    return given


@pytest.mark.parametrize("text", ["", "a", "ü", "\ud83d"])
def test_decoded_text_stays_as_it_is(text: str) -> None:
    """Half of a surrogate pair is no byte of the command line, and is refused later."""
    assert decode_text(text) == text


def test_keys_and_options_are_utf8() -> None:
    """The name of a file stays as the system has it."""
    options = (UNDECODED, "b", "--prefix", UNDECODED, "--report", UNDECODED)
    assert command.main(options, standalone_mode=False) == {
        "keys": ("ü", "b"),
        "prefix": "ü",
        "other": None,
        "report": Path(UNDECODED),
    }


@pytest.mark.parametrize(
    ("options", "name"), [((FOREIGN,), "'[KEYS]...'"), (("--prefix", FOREIGN), "'--prefix'")]
)
def test_text_in_another_encoding_is_refused(options: tuple[str, ...], name: str) -> None:
    """With its cause."""
    ended = CliRunner().invoke(command, options)
    assert ended.exit_code == 2
    assert f"Invalid value for {name}: {LATIN_1}" in ended.output


def test_payload_and_pattern_are_utf8(tmp_path: Path) -> None:
    """A file for a payload has the name that the system has."""
    assert PayloadText().parse(f'{{"a": "{UNDECODED}"}}') == {"a": "ü"}
    assert KeyPattern().parse(UNDECODED + "{key}") == "ü{key}"
    with pytest.raises(ValueError, match=LATIN_1):
        PayloadText().parse(f'{{"a": "{FOREIGN}"}}')
    file = tmp_path / UNDECODED
    file.write_text("{}")
    assert PayloadText().parse(f"@{file}") == {}
