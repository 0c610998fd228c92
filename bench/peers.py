"""Installs the peers, each group in its own virtual environment."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.endpoint import Endpoint
from bench.errors import BenchError

_REQUIREMENTS = Path(__file__).with_name("requirements")
_UV = Path(sys.executable).with_name("uv")
_LOCALEMU_PYTHON = "python3.13"
_INSTALL_SECONDS = 900


def install_peers(work: Path) -> list[Endpoint]:
    """Install the peers that run on this computer, and return them.

    Raises:
        BenchError: they cannot be installed.

    """
    environment = _install("peers", sys.executable, work)
    found = [_make_ministack(environment), _make_moto(environment)]
    if python := _find_python(_LOCALEMU_PYTHON):
        found.append(_make_localemu(_install("localemu", python, work)))
    return found


def install_drawing_python(work: Path) -> Path:
    """Install matplotlib, and return the path of its Python.

    Raises:
        BenchError: matplotlib cannot be installed.

    """
    return _install("peers", sys.executable, work) / "python"


def _make_ministack(bin_folder: Path) -> Endpoint:
    return Endpoint(
        name="ministack",
        version=_find_version("peers", "ministack"),
        command=[str(bin_folder / "ministack")],
        journaled="not journaled",
        waiting=10_000,
        variables={"GATEWAY_PORT": "{port}", "BIND_HOST": "127.0.0.1"},
    )


def _make_moto(bin_folder: Path) -> Endpoint:
    return Endpoint(
        name="moto",
        version=_find_version("peers", "moto"),
        command=[str(bin_folder / "moto_server"), "-p", "{port}"],
        journaled="not journaled",
        waiting=2_000,
        setting=("/moto-api/config", '{"stepfunctions": {"execute_state_machine": true}}'),
    )


def _make_localemu(bin_folder: Path) -> Endpoint:
    return Endpoint(
        name="localemu",
        version=_find_version("localemu", "localemu"),
        command=[str(bin_folder / "localemu"), "start", "--host", "127.0.0.1", "--port", "{port}"],
        journaled="not journaled",
        waiting=1_000,
        variables={"GATEWAY_LISTEN": "127.0.0.1:{port}", "HOME": "{folder}"},
    )


def _install(name: str, python: str, work: Path) -> Path:
    """Create or update the environment `name`; return the folder of its commands."""
    environment, stamp = work / name, work / name / "installed.txt"
    locked = _REQUIREMENTS / f"{name}.txt"
    if not stamp.exists() or stamp.read_bytes() != locked.read_bytes():
        _run_uv("venv", "--clear", "--python", python, str(environment))
        _run_uv(
            "pip", "install", "--python", str(environment), "--require-hashes", "--requirement", str(locked)
        )
        shutil.copyfile(locked, stamp)
    return environment / "bin"


def _run_uv(*arguments: str) -> None:
    try:
        subprocess.run([_UV, "--quiet", *arguments], check=True, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise BenchError(f"The peers cannot be installed: {error}") from error


def _find_python(name: str) -> str | None:
    """Return the path of a Python that runs; version managers leave some on the PATH that only fail."""
    path = shutil.which(name)
    if not path or subprocess.run([path, "-c", ""], check=False, capture_output=True, timeout=30).returncode:
        return None
    return path


def _find_version(file: str, package: str) -> str:
    found = re.search(
        rf"^{package}(?:\[.*?\])?==(\S+)", (_REQUIREMENTS / f"{file}.txt").read_text("utf-8"), re.MULTILINE
    )
    if not found:
        raise BenchError(f"{package} is not pinned in {file}.txt: run `make lock`.")
    return found[1]
