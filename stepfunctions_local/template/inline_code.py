"""Code that stands in the template itself: Lambda makes a file of it, and so does this module."""

import tempfile
from pathlib import Path
from typing import Final

from stepfunctions_local.errors import TemplateError

FOLDER: Final = "inline"
"""Beside the build's folder, which `sam build` replaces."""


def write_inline_code(code: str, runtime: str, folder: Path, place: str) -> Path:
    """Write code to the file that Lambda gives it, unless it is there already. Return its folder.

    Source: AWS CloudFormation Template Reference Guide, "AWS::Lambda::Function Code", ZipFile.

    Raises:
        TemplateError: the file cannot be written.

    """
    file = folder / ("index.js" if runtime.startswith("nodejs") else "index.py")
    try:
        if not (file.is_file() and file.read_text(encoding="utf-8") == code):
            _write(file, code)
    except (OSError, ValueError) as error:
        raise TemplateError(f"{place}: cannot write {file}: {error}") from error
    return folder.resolve()


def _write(file: Path, code: str) -> None:
    """Replace a file, so that its folder changes, which is how a new version of the code is known."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as written:
        written.write(code)
    Path(written.name).replace(file)
