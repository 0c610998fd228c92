"""Makes untrusted text safe for a terminal.

Characters are escaped as in JSON, so JSON that is escaped parses to the same value.
"""

import json
import re

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""C0 without tab and line feed, DEL, C1, line separators, bidirectional controls and lone surrogates."""


def plain(text: str) -> str:
    """Return the text in one line: characters without a glyph are escaped, line ends and tabs included."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else escape(character) for character in text)


def plain_lines(text: str) -> str:
    """Return the text with its lines and tabs, and every character escaped that a terminal acts on."""
    return _CONTROLS.sub(lambda found: escape(found[0]), text)


def escape(character: str) -> str:
    """Return a character as an escape sequence of JSON."""
    return json.dumps(character)[1:-1]
