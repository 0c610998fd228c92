"""`make test` and the slow tests together are what pytest collects, in collections of their own."""

import subprocess
import sys

import pytest

from tests.acceptance.command import REPOSITORY, environment

pytestmark = pytest.mark.slow


def collect(*selection: str) -> set[str]:
    """Return the ids of the tests that pytest collects."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", *selection]
    collected = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment(COVERAGE_PROCESS_CONFIG=""),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return {line for line in collected.stdout.splitlines() if "::" in line}


def test_quick_and_slow_tests_are_all_tests() -> None:
    """Each test is in one of the two runs, and in no more."""
    quick, slow = collect("-m", "not slow"), collect("-m", "slow")
    assert slow
    assert not quick & slow
    assert quick | slow == collect()
