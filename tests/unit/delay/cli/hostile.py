"""Text that steers a terminal, for the tests of the command's output."""

import re

from hypothesis import strategies as st

HOSTILE = "\x00\x1b[2J\r\n\t\x7f\x85\x9b31m\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ud800"

FORBIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""The characters that no line of output may contain."""

TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from(HOSTILE), max_size=30)
"""Any text, lone surrogates included, with many controls."""


def find_forbidden(output: str) -> list[str]:
    """Return the characters that an output of lines must not contain."""
    return FORBIDDEN.findall(output.replace("\n", ""))
