"""The peers, and the environments of their own that they are installed in."""

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


def peers(work: Path) -> list[Endpoint]:
    """Install the peers that run here, and return them.

    Raises:
        BenchError: they cannot be installed.

    """
    environment = _installed("peers", sys.executable, work)
    found = [_ministack(environment), _moto(environment)]
    if python := _runnable(_LOCALEMU_PYTHON):
        found.append(_localemu(_installed("localemu", python, work)))
    return found


def drawing_python(work: Path) -> Path:
    """Return the Python that has matplotlib.

    Raises:
        BenchError: it cannot be installed.

    """
    return _installed("peers", sys.executable, work) / "python"


def _ministack(bin_folder: Path) -> Endpoint:
    return Endpoint(
        name="ministack",
        version=_version("peers", "ministack"),
        command=[str(bin_folder / "ministack")],
        journaled="not journaled",
        waiting=10_000,
        variables={"GATEWAY_PORT": "{port}", "BIND_HOST": "127.0.0.1"},
    )


def _moto(bin_folder: Path) -> Endpoint:
    return Endpoint(
        name="moto",
        version=_version("peers", "moto"),
        command=[str(bin_folder / "moto_server"), "-p", "{port}"],
        journaled="not journaled",
        waiting=2_000,
        setting=("/moto-api/config", '{"stepfunctions": {"execute_state_machine": true}}'),
    )


def _localemu(bin_folder: Path) -> Endpoint:
    return Endpoint(
        name="localemu",
        version=_version("localemu", "localemu"),
        command=[str(bin_folder / "localemu"), "start", "--host", "127.0.0.1", "--port", "{port}"],
        journaled="not journaled",
        waiting=1_000,
        variables={"GATEWAY_LISTEN": "127.0.0.1:{port}", "HOME": "{folder}"},
    )


def _installed(name: str, python: str, work: Path) -> Path:
    """Make the environment of this name unless it is there; return the folder of its commands."""
    environment, stamp = work / name, work / name / "installed.txt"
    locked = _REQUIREMENTS / f"{name}.txt"
    if not stamp.exists() or stamp.read_bytes() != locked.read_bytes():
        _uv("venv", "--clear", "--python", python, str(environment))
        _uv("pip", "install", "--python", str(environment), "--require-hashes", "--requirement", str(locked))
        shutil.copyfile(locked, stamp)
    return environment / "bin"


def _uv(*arguments: str) -> None:
    try:
        subprocess.run([_UV, "--quiet", *arguments], check=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - uv of this environment
    except (OSError, subprocess.SubprocessError) as error:
        raise BenchError(f"The peers cannot be installed: {error}") from error


def _runnable(name: str) -> str | None:
    """Find a Python on the PATH; one that only stands for a version that is not chosen does not count."""
    path = shutil.which(name)
    if not path or subprocess.run([path, "-c", ""], check=False, capture_output=True, timeout=30).returncode:  # noqa: S603 - found on the PATH
        return None
    return path


def _version(file: str, package: str) -> str:
    found = re.search(
        rf"^{package}(?:\[.*?\])?==(\S+)", (_REQUIREMENTS / f"{file}.txt").read_text("utf-8"), re.MULTILINE
    )
    if not found:
        raise BenchError(f"{package} is not pinned in {file}.txt: run `make lock`.")
    return found[1]
