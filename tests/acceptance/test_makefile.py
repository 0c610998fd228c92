"""The targets of make that a newcomer runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, environment

NEEDED = ("Makefile", "pyproject.toml", "requirements")


def make(*arguments: str, folder: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    """Run make, without the variables of the make that runs these tests."""
    return subprocess.run(
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
    """Copy the files that an installation depends on, with the mark that it leaves."""
    for name in NEEDED:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/.installed").touch()
    return tmp_path


def test_second_install_does_nothing(installed: Path) -> None:
    """It runs no command."""
    assert make("--question", "install", folder=installed).returncode == 0
    assert "Nothing to be done" in make("install", folder=installed).stdout


def test_install_follows_changed_dependencies(installed: Path) -> None:
    """The environment is never older than the locked dependencies."""
    os.utime(installed / ".venv/.installed", (1, 1))
    assert make("--question", "install", folder=installed).returncode == 1
    assert "--require-hashes" in make("--dry-run", "install", folder=installed).stdout


def test_help_lists_the_targets() -> None:
    """Make without a target prints the same list."""
    listed = make("help").stdout
    targets = [line.split()[1] for line in listed.splitlines()]
    assert {"install", "build", "demo", "test", "check", "clean"} <= set(targets)
    assert make().stdout == listed


def test_lock_refuses_a_dependency_that_no_file_has() -> None:
    """A misspelt name would renew nothing without a word."""
    refused = make("lock", "PACKAGE=nope")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, "No dependency is called nope.")


def test_lock_renews_one_dependency_or_all() -> None:
    """One dependency is renewed in each file that has it, and the others keep their versions."""
    one = make("--dry-run", "lock", "PACKAGE=boto3").stdout
    assert (one.count("--upgrade-package boto3"), one.count("--upgrade ")) == (5, 0)
    every = make("--dry-run", "lock").stdout
    assert (every.count("--upgrade-package"), every.count("--upgrade ")) == (0, 5)
