"""Draws cost against waiting tasks: `python growth.py growth.json growth.svg`, with matplotlib."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

# Mid tones without a background are legible on white and on black.
_GREY, _BLUE, _ORANGE = "#7a828c", "#4a8fd6", "#d9822b"
_STYLE = {
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _GREY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _GREY,
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "growth",
    "text.color": _GREY,
    "xtick.color": _GREY,
    "ytick.color": _GREY,
}
_MARKER = {"marker": "o", "linewidth": 2, "markersize": 5}


def draw(growth: dict[str, Any], picture: Path) -> None:
    """Write the chart: three panels over the number of waiting tasks."""
    mpl.rcParams.update(_STYLE)
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    points = growth["points"]
    waiting = [point["waiting"] for point in points]
    start, memory, listing = figure.subplots(1, 3)
    for names, colour, label in (
        ("given", _BLUE, "named by the client"),
        ("made", _ORANGE, "by the endpoint"),
    ):
        start.plot(
            waiting,
            [point["costs"][names]["p50_ms"] for point in points],
            color=colour,
            label=label,
            **_MARKER,
        )
    start.legend(frameon=False, fontsize=10, loc="upper left")
    kib = [point["resident_mib"] * 1024 / point["waiting"] for point in points]
    memory.plot(waiting, kib, color=_BLUE, **_MARKER)
    listing.plot(waiting, [point["list_ms"] for point in points], color=_BLUE, **_MARKER)
    _finish(start, "StartExecution, median (ms)")
    _finish(memory, "memory per waiting task (KiB)")
    _finish(listing, "ListExecutions, first page (ms)")
    figure.savefig(picture, transparent=True, metadata={"Date": None})


def _finish(axes: Any, title: str) -> None:  # noqa: ANN401 - matplotlib is not installed where types are checked
    axes.set_title(title, fontsize=12)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.4 * axes.get_ylim()[1])
    axes.set_xlabel("tasks waiting")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=_GREY, alpha=0.25)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
