"""Draws demo.svg, the README's picture: the real output of `make demo` in 80 columns."""

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.terminal_theme import DIMMED_MONOKAI
from rich.theme import Theme

COLUMNS = 80
PICTURE = Path(__file__).with_name("demo.svg")

# rich's own frame fetches its font from a server; this one uses a font of the reader's computer.
FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>The output of make demo: a task waits for 11 seconds, then its function is called.</title>
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""

THEME = Theme(
    {
        "demo.prompt": "bold green",
        "demo.status": "bold green",
        "demo.heading": "bold",
        "demo.event": "cyan",
        "demo.number": "bright_black",
    }
)


class DemoHighlighter(RegexHighlighter):
    """Colours the prompt, the status and the columns of the history."""

    base_style = "demo."
    highlights = (
        r"^(?P<prompt>\$) ",
        r"^(?P<status>SUCCEEDED)",
        r"^(?P<heading># +after +event +details)",
        r"^(?P<number>\d+ +[\d.]+ s)  (?P<event>\w+)",
    )


def run_demo() -> str:
    """Return the output of `make demo` in a pipe of 80 columns."""
    ended = subprocess.run(
        ["make", "--no-print-directory", "demo"],  # noqa: S607 - whichever make is there
        env=os.environ | {"COLUMNS": str(COLUMNS)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return ended.stdout


def draw(output: str) -> str:
    """Return an SVG picture of a terminal in which `make demo` has ended."""
    console = Console(
        width=COLUMNS, record=True, file=io.StringIO(), theme=THEME, highlighter=DemoHighlighter()
    )
    for line in ("$ make demo", *output.splitlines()):
        console.print(line, markup=False)
    return console.export_svg(title="make demo", theme=DIMMED_MONOKAI, code_format=FRAME, unique_id="demo")


if __name__ == "__main__":
    PICTURE.write_text(draw(run_demo()), encoding="utf-8")
    sys.stdout.write(f"Drew {PICTURE}.\n")
