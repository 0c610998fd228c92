"""What a newcomer types: make and a target."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, environment

NEEDED = ("Makefile", "pyproject.toml", "requirements")


def make(*arguments: str, folder: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    """Run make, but not with the variables of the make that runs these tests."""
    return subprocess.run(  # noqa: S603 - no shell
        ["make", *arguments],  # noqa: S607 - whichever make a person has
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Copy what an installation depends on, with the mark that it leaves."""
    for name in NEEDED:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/.installed").touch()
    return tmp_path


def test_a_second_install_has_nothing_to_do(installed: Path) -> None:
    """It runs no command."""
    assert make("--question", "install", folder=installed).returncode == 0
    assert "Nothing to be done" in make("install", folder=installed).stdout


def test_an_install_after_the_locked_dependencies_have_changed_installs_them(installed: Path) -> None:
    """What is installed is never older than what is locked."""
    os.utime(installed / ".venv/.installed", (1, 1))
    assert make("--question", "install", folder=installed).returncode == 1
    assert "--require-hashes" in make("--dry-run", "install", folder=installed).stdout


def test_help_lists_the_targets() -> None:
    """With what each is for; it is what make alone shows."""
    listed = make("help").stdout
    targets = [line.split()[1] for line in listed.splitlines()]
    assert {"install", "build", "demo", "test", "check", "clean"} <= set(targets)
    assert make().stdout == listed
