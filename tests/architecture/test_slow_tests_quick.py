"""Slow tests stand in files of their own, each with a quick sibling, and no test is left out.

A file is slow if its `pytestmark` says so. The quick sibling of `test_x.py` is `test_x_quick.py`, in the same
folder: it tests the same behaviour in small, so that `make test` notices if it breaks.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.command import REPOSITORY, environment
from tests.architecture.slow_files import TESTS, list_tests, quick_sibling, slow_files
from tests.collection import COLLECTED, is_slow

SELECTED = {"": {False, True}, "slow": {True}, "not slow": {False}}
"""Whether the tests of a run are slow, by the option -m."""


def recipe(target: str) -> str:
    """Return the commands that make would run for a target."""
    made = subprocess.run(
        ["make", "--dry-run", "--assume-old=.venv/.installed", target],  # noqa: S607 - whichever make is there
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return made.stdout


@pytest.mark.parametrize("path", slow_files(), ids=lambda path: path.name)
def test_slow_file_has_a_quick_sibling(path: Path) -> None:
    """The sibling has tests, and is not slow itself."""
    sibling = quick_sibling(path)
    assert sibling.exists()
    assert list_tests(sibling)
    assert sibling not in slow_files()


def test_slow_file_is_slow_as_a_whole() -> None:
    """Only `pytestmark` marks tests as slow."""
    marked = {path for path in TESTS.rglob("*.py") if re.search(r"mark\.slow\b", path.read_text("utf-8"))}
    assert marked - {TESTS / "architecture/slow_files.py"} == set(slow_files())


def test_run_has_every_test_that_its_option_selects(request: pytest.FixtureRequest) -> None:
    """Every collected test is either quick or slow, and nothing else deselects one."""
    config = request.config
    if config.option.keyword or config.option.markexpr not in SELECTED:
        pytest.skip("only a part of the tests is run")
    selected = SELECTED[config.option.markexpr]
    expected = {name for name, slow in config.stash[COLLECTED].items() if slow in selected}
    assert {item.nodeid for item in request.session.items} == expected
    assert {is_slow(item) for item in request.session.items} <= selected


def test_make_test_leaves_out_the_slow_tests_alone() -> None:
    """`make test-all` leaves out nothing."""
    (quick,) = re.findall(r"pytest .*", recipe("test"))
    (everything, *_) = re.findall(r"pytest .*", recipe("test-all"))
    assert quick.endswith('-m "not slow" ')
    assert not re.search(r" (-m|-k|--ignore|--deselect)\b", everything)
