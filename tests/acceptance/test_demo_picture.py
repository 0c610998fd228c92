"""The README's picture shows the output that `delay demo` prints today."""

import re
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.command import REPOSITORY, run

IMAGES = REPOSITORY / "docs" / "images"
PICTURE = IMAGES / "demo.svg"
TEXT = "{http://www.w3.org/2000/svg}text"


def read_lines(picture: Path) -> list[str]:
    """Return the lines of the terminal that a picture shows."""
    texts = [text for text in ET.parse(picture).iter(TEXT) if "clip-path" in text.attrib]  # noqa: S314 - our own file
    lines = groupby(texts, key=lambda text: text.attrib["y"])
    # Blanks between two colours are not drawn, so words are all that can be compared.
    return [" ".join(text.text or "" for text in line).replace("\xa0", " ") for _, line in lines]


def without_figures(lines: list[str]) -> list[str]:
    """Return the words of an output, without its numbers and the details of events, which a width cuts."""
    events = [re.sub(r"^(\d+ +[\d.]+ s +\w+).*", r"\1", line) for line in lines]
    return re.sub(r"\d+", "0", " ".join(events)).split()


@pytest.mark.usefixtures("built")
def test_picture_shows_the_output_of_the_demo() -> None:
    """`make pictures` draws it again."""
    ended = run("delay", "demo", "--seconds", "1", "--port", "0", "--lambda-port", "0", COLUMNS="80")
    shown = without_figures(read_lines(PICTURE))
    assert shown == without_figures(["$ make demo", *ended.out.splitlines()])


@pytest.mark.parametrize("name", ["demo.svg", "demo-table.svg"])
def test_picture_loads_nothing(name: str) -> None:
    """It has no font, script or picture of another server."""
    addresses = re.findall(r"https?://[^\s\"'<]+", (IMAGES / name).read_text(encoding="utf-8"))
    local = ("http://127.0.0.1:", "http://www.w3.org/")
    assert [address for address in addresses if not address.startswith(local)] == []
