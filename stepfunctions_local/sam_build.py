"""Runs `sam build` beside the present build, and puts the new one in its place when it is complete."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from stepfunctions_local.errors import SettingError
from stepfunctions_local.template.build import BUILD_FOLDER
from stepfunctions_local.template.overrides import is_parameter

_NEW: Final = BUILD_FOLDER.with_name("watch")
_OLD: Final = BUILD_FOLDER.with_name("watch-before")
"""Calls in flight still run the code of the build before; the next build removes it."""

_SHOWN_LINES: Final = 20

_NO_SUCH_PYTHON: Final = "Binary validation failed for python"
"""The words of `sam build` if a function's Runtime is another Python than those on the path."""


class SamBuild:
    """Builds a project with `sam build`, with the parameters that override the template's defaults.

    `sam build` itself begins with the removal of the present build. Here that stays until a new one is
    complete, and for good if none comes of it.

    Raises:
        SettingError: there is no `sam`.

    """

    def __init__(self, project: Path, parameters: Mapping[str, str]) -> None:
        self._project = project.resolve()
        # The Python that serves the functions builds them, too.
        self._path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self._command = [_find_sam(self._path), "build", "--build-dir", str(_NEW)]
        pairs = [f"{name}={value}" for name, value in parameters.items() if is_parameter(name)]
        if pairs:
            self._command += ["--parameter-overrides", " ".join(pairs)]

    async def build(self) -> str | None:
        """Build, and take the result into use. Return the last lines of the output if the build failed."""
        environment = {**os.environ, "PATH": self._path, "SAM_CLI_TELEMETRY": "0"}
        process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._project,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which ends that one
        )
        try:
            output, _ = await process.communicate()
        finally:
            _kill(process)
        if process.returncode:
            return _explain_failure(output.decode(errors="replace").rstrip())
        await asyncio.to_thread(self._replace)
        return None

    def _replace(self) -> None:
        present, new, old = (self._project / folder for folder in (BUILD_FOLDER, _NEW, _OLD))
        shutil.rmtree(old, ignore_errors=True)  # if a part of it stays, the next line fails
        if present.exists():
            present.rename(old)
        new.rename(present)


def _explain_failure(output: str) -> str:
    lines = output.splitlines()[-_SHOWN_LINES:]
    if _NO_SUCH_PYTHON in output:
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        lines.append(
            f"--watch builds with {python}, which runs the functions here. If a parameter of the template is "
            f"their Runtime, name it: --parameter-overrides PythonRuntime={python}, for example."
        )
    return "\n".join(lines)


def _find_sam(path: str) -> str:
    found = shutil.which("sam", path=path)
    if found is None:
        raise SettingError("--watch needs the command sam: pip install aws-sam-cli, or leave --watch out.")
    return found


def _kill(process: Process) -> None:
    """Kill a build, and all that it has started, unless it has ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):  # it has ended meanwhile
            os.killpg(process.pid, signal.SIGKILL)
