"""The build of this project, in a folder of its own, whose tasks of a table fail if their payload says so."""

import shutil
from pathlib import Path

from tests.acceptance.command import REPOSITORY

HANDLE = """
def handle(event, task):
    if event.get("fail"):
        raise ValueError(event["fail"])
    return {"order": event.get("order")}
"""


def copy_build(project: Path) -> Path:
    """Copy the build with another `handle` into a project's folder, and return the folder."""
    shutil.copytree(REPOSITORY / ".aws-sam/build", project / ".aws-sam/build", symlinks=True)
    shutil.copytree(REPOSITORY / "statemachine", project / "statemachine")
    app = project / ".aws-sam/build/TableCallFunction/app.py"
    app.write_text(app.read_text(encoding="utf-8") + HANDLE, encoding="utf-8")
    return project
