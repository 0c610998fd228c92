"""`sam build` for `--watch`: it runs beside the present build, which a complete one replaces."""

import stat
import sys
from pathlib import Path

import pytest

from stepfunctions_local.errors import SettingError
from stepfunctions_local.sam_build import SamBuild

SUCCEEDS = 'mkdir -p .aws-sam/watch; echo "$@" > .aws-sam/watch/template.yaml'
FAILS = "for line in $(seq 30); do echo line $line; done >&2; exit 1"


def write_sam(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a command `sam` on the path."""
    sam = folder / "bin" / "sam"
    sam.parent.mkdir()
    sam.write_text(f"#!/bin/sh\n{script}\n")
    sam.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(sam.parent), prepend=":")
    monkeypatch.setattr("sys.executable", str(folder / "elsewhere" / "python"))


def write_build(folder: Path) -> Path:
    """Write a build, and return its template."""
    template = folder / ".aws-sam" / "build" / "template.yaml"
    template.parent.mkdir(parents=True)
    template.write_text("old")
    return template


async def test_complete_build_replaces_the_present_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, with the parameters of the command, but without other values, whose names `sam` refuses."""
    write_sam(tmp_path, SUCCEEDS, monkeypatch)
    template = write_build(tmp_path)
    builder = SamBuild(tmp_path, {"A": "1", "Db.Endpoint": "x", "B": "2"})
    for _ in range(2):
        assert await builder.build() is None
    assert template.read_text() == "build --build-dir .aws-sam/watch --parameter-overrides A=1 B=2\n"
    assert not (tmp_path / ".aws-sam" / "watch").exists()


async def test_first_build_needs_no_present_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier `sam build` may have removed it and failed."""
    write_sam(tmp_path, SUCCEEDS, monkeypatch)
    assert await SamBuild(tmp_path, {}).build() is None
    assert (tmp_path / ".aws-sam" / "build" / "template.yaml").is_file()


async def test_failed_build_leaves_the_present_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last lines of its output are the reason."""
    write_sam(tmp_path, FAILS, monkeypatch)
    template = write_build(tmp_path)
    reason = await SamBuild(tmp_path, {}).build()
    assert reason is not None
    assert reason.splitlines() == [f"line {number}" for number in range(11, 31)]
    assert template.read_text() == "old"


async def test_failure_for_another_python_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template's default is one Python, and that of the endpoint another."""
    says = "echo 'Error: PythonPipBuilder:Validation - Binary validation failed for python'; exit 1"
    write_sam(tmp_path, says, monkeypatch)
    reason = await SamBuild(tmp_path, {}).build()
    assert reason is not None
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert f"--parameter-overrides PythonRuntime={python}" in reason.splitlines()[-1]


def test_missing_sam_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is served."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(SettingError, match="--watch needs the command sam"):
        SamBuild(tmp_path, {})
