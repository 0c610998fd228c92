"""Draws demo.svg, the README's picture, and demo-table.svg: the real output of a demo in 80 columns."""

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.terminal_theme import DIMMED_MONOKAI
from rich.theme import Theme

COLUMNS = 80

# rich's own frame fetches its font from a server; this one uses a font of the reader's computer.
FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>{title}</title>
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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a terminal in which a command has ended."""

    file: str
    command: tuple[str, ...]
    title: str

    @property
    def prompt(self) -> str:
        """The command as it is typed."""
        return " ".join(self.command)


PICTURES = (
    Picture(
        "demo.svg",
        ("make", "demo"),
        "The output of make demo: a task waits for 11 seconds, then its function is called.",
    ),
    Picture(
        "demo-table.svg",
        ("delay", "demo", "--store", "table"),
        "A task waits in the table for 11 seconds, then its function is called.",
    ),
)


def run_demo(picture: Picture) -> str:
    """Return the output of a picture's command in a pipe of 80 columns."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(  # noqa: S603 - one of the commands above
        picture.command,
        env=os.environ | {"COLUMNS": str(COLUMNS), "MAKEFLAGS": "--no-print-directory", "PATH": path},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return ended.stdout


def draw(picture: Picture, output: str) -> str:
    """Return an SVG picture of a terminal in which the command has ended."""
    console = Console(
        width=COLUMNS, record=True, file=io.StringIO(), theme=THEME, highlighter=DemoHighlighter()
    )
    for line in (f"$ {picture.prompt}", *output.splitlines()):
        console.print(line, markup=False)
    frame = FRAME.replace("{title}", picture.title)
    return console.export_svg(
        title=picture.prompt, theme=DIMMED_MONOKAI, code_format=frame, unique_id=Path(picture.file).stem
    )


if __name__ == "__main__":
    for picture in PICTURES:
        path = Path(__file__).with_name(picture.file)
        path.write_text(draw(picture, run_demo(picture)), encoding="utf-8")
        sys.stdout.write(f"Drew {path}.\n")
