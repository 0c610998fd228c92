"""The file of settings, read as docker run --env-file reads it."""

from pathlib import Path

import pytest

from stepfunctions_local.env_file import read_env_file
from stepfunctions_local.errors import SettingError


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / "env.txt"


def test_values_are_taken_as_they_stand(env_file: Path) -> None:
    """Quotes, spaces and further equals signs belong to the value; comments and blank lines to none."""
    env_file.write_text('# a comment\n\nA=1\nB= two words \nC="quoted"\nD=x=y\nE=\n')
    assert read_env_file(env_file, {}) == {"A": "1", "B": " two words ", "C": '"quoted"', "D": "x=y", "E": ""}


def test_a_bare_name_comes_from_the_environment(env_file: Path) -> None:
    """Where it is set there; else it is left out."""
    env_file.write_text("HERE\nNOT_HERE\n")
    assert read_env_file(env_file, {"HERE": "value"}) == {"HERE": "value"}


@pytest.mark.parametrize("line", ["=value", "A B=1", "A =1"])
def test_a_line_that_is_no_setting_is_refused_with_its_number(env_file: Path, line: str) -> None:
    """The file and the line are named. The line itself is not quoted: it may hold a secret."""
    env_file.write_text(f"GOOD=1\n{line}\n")
    with pytest.raises(SettingError, match=r"env\.txt, line 2: the line is not NAME=value\.$"):
        read_env_file(env_file, {})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(SettingError, match=r"Cannot read the settings in .*absent"):
        read_env_file(tmp_path / "absent", {})


def test_a_file_that_is_not_text_is_refused(env_file: Path) -> None:
    """As what it is."""
    env_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match="Cannot read the settings"):
        read_env_file(env_file, {})
