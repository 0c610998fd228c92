"""The examples on the page about time work as printed."""

import re
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, run


@pytest.mark.usefixtures("built")
def test_examples_pass_in_this_project(tmp_path: Path) -> None:
    """Copied from the page into a file, they test the built application."""
    page = (REPOSITORY / "docs" / "how-to" / "time.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(# tests/test_reminder\.py\n.*?)```", page, re.DOTALL)
    (shorter,) = re.findall(r"```python\n(def test_the_customer_is_reminded\(.*?)```", page, re.DOTALL)
    test = tmp_path / "test_reminder.py"
    test.write_text(f"{example}\n\n{shorter}", encoding="utf-8")
    options = ("--rootdir", str(REPOSITORY), "-c", "/dev/null", "-p", "no:cacheprovider", "-q")
    ended = run(Path(sys.executable).name, "-m", "pytest", *options, str(test))
    assert "2 passed" in ended.out, ended.out + ended.err
