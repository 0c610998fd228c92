"""Each step is printed in a line with its duration and outcome."""

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from verification.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def steps(written: io.StringIO) -> Steps:
    seconds: Iterator[float] = iter([0.0, 1.25, 2.0, 14.5])
    return Steps(Console(file=written, width=100), monotonic=lambda: next(seconds))


def test_each_step_is_printed_in_a_line(steps: Steps, written: io.StringIO) -> None:
    """The line has the step's number and its duration in seconds."""
    with steps.step("sam build"):
        pass
    with steps.step("sam deploy"):
        pass
    assert written.getvalue() == " 1    1.2 s  ok      sam build\n 2   12.5 s  ok      sam deploy\n"


def test_failed_step_is_printed_as_failed(steps: Steps, written: io.StringIO) -> None:
    """Its error propagates."""
    with pytest.raises(ValueError, match="no"), steps.step("sam build"):
        raise ValueError("no")
    assert written.getvalue() == " 1    1.2 s  failed  sam build\n"
