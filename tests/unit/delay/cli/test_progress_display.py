"""The progress of long operations: lines in a pipe, a bar on a terminal, and nothing for a short one."""

import io
import sys

import pytest

from delay.cli.output.progress_display import ProgressDisplay
from tests.unit.delay.cli.hostile import HOSTILE, find_forbidden


class Screen(io.StringIO):
    """A terminal's screen."""

    def isatty(self) -> bool:
        """Return True."""
        return True


class Watch:
    """A stopwatch that a test sets."""

    seconds = 0.0

    def __call__(self) -> float:
        """Return its time."""
        return self.seconds


def test_pipe_gets_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """It has the number, and the time left if the total is known. Standard output stays as it is."""
    watch = Watch()
    with ProgressDisplay("Reading", 1200, watch) as display:
        for second in range(31):
            watch.seconds = float(second)
            display.update(10 * (second + 1))
            display.print(f"row {second}")
    out, err = capsys.readouterr()
    assert out.splitlines() == [f"row {second}" for second in range(31)]
    assert err.splitlines() == [
        "Reading: 110 of 1,200, 1m 39s left",
        "Reading: 210 of 1,200, 1m 34s left",
        "Reading: 310 of 1,200, 1m 26s left",
    ]


def test_total_may_be_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """Then the number alone is shown."""
    watch = Watch()
    with ProgressDisplay("Listing", None, watch) as display:
        watch.seconds = 10.0
        display.update(12_000)
    assert capsys.readouterr().err == "Listing: 12,000\n"


def test_short_operation_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in a pipe nor on a terminal, for which rich need not be imported."""
    for stream in (io.StringIO(), Screen()):
        monkeypatch.setattr(sys, "stderr", stream)
        with ProgressDisplay("Reading", 5, Watch()) as display:
            display.update(5)
        assert stream.getvalue() == ""


def test_terminal_gets_a_bar_with_lines_above(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar is gone at the end, and no line controls the terminal."""
    monkeypatch.setenv("TERM", "xterm")
    screen, watch = Screen(), Watch()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    with ProgressDisplay("Cancelling", 10, watch) as display:
        watch.seconds = 2.0
        display.update(4)
        display.print(f"row {HOSTILE}")
        watch.seconds = 2.2
        display.update(5)
    drawn = screen.getvalue()
    assert "Cancelling 5 of 10, 2s left" in drawn
    assert "row " in drawn
    assert find_forbidden(HOSTILE) != []
    assert HOSTILE not in drawn
