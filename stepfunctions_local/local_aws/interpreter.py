"""Finds the Python that has ministack: this one, or that of the command `ministack`.

Ministack pins one version of botocore, so it may well be in an environment of its own, as pipx makes them.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

INSTALL: Final = "pipx install 'ministack>=1.5.33,<1.6'"
"""How it is installed."""


def find_interpreter(
    environment: Mapping[str, str] = os.environ, beside: Path = Path(sys.executable).parent
) -> Path | None:
    """Return the Python that can import ministack; None if there is none.

    `beside` is the folder of this Python's commands, which is searched before the PATH.
    """
    if importlib.util.find_spec("ministack"):
        return Path(sys.executable)
    path = os.pathsep.join([str(beside), environment.get("PATH", os.defpath)])
    command = shutil.which("ministack", path=path)
    python = Path(command).resolve().with_name("python") if command else None
    return python if python and python.exists() else None
