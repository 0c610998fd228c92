"""The example on the page about time works as printed."""

import re
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, run


@pytest.mark.usefixtures("built")
def test_example_passes_in_this_project(tmp_path: Path) -> None:
    """Copied from the page into a file, it tests the built application."""
    page = (REPOSITORY / "docs" / "how-to" / "time.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(# tests/test_reminder\.py\n.*?)```", page, re.DOTALL)
    test = tmp_path / "test_reminder.py"
    test.write_text(example, encoding="utf-8")
    options = ("--rootdir", str(REPOSITORY), "-c", "/dev/null", "-p", "no:cacheprovider", "-q")
    ended = run(Path(sys.executable).name, "-m", "pytest", *options, str(test))
    assert "1 passed" in ended.out, ended.out + ended.err
