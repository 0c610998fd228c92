"""The pages name pictures of the console that are there."""

import re
import struct

from tests.acceptance.command import REPOSITORY

WIDTH = 1280


def test_pictures_of_the_pages_are_there() -> None:
    """Each is a PNG of the width that the tests take, with a text for readers who do not see it."""
    page = (REPOSITORY / "docs" / "console.md").read_text(encoding="utf-8")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"!\[(.+?)\]\((images/console\S*\.png)\)", page)
    assert len(named) == 3
    assert "![" in readme
    assert "(docs/images/console.png)" in readme
    for text, path in named:
        header = (REPOSITORY / "docs" / path).read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">I", header[16:20]) == (WIDTH,)
        assert len(text) > 20
