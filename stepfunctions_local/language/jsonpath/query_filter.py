"""Checks the filters of queries: they may compare plain paths with values."""

import re
from typing import Final

QUOTED: Final = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
"""The form of a string literal in a path."""

_QUOTED = re.compile(QUOTED)
_MEMBERSHIP = re.compile(r"\b(?:in|contains)\b")
_COSTLY_IN_FILTER = re.compile(r"\.\.|[*~^#/:]|\?.*\?", re.DOTALL)


class InvalidQuery(ValueError):
    """The text is not a query that is supported here."""


def check_filter(text: str) -> None:
    """Refuse a filter that could take long for every node. Raises `InvalidQuery`."""
    bare = _QUOTED.sub("''", text)
    if _COSTLY_IN_FILTER.search(bare) or ("$" in bare and _MEMBERSHIP.search(bare)):
        raise InvalidQuery(f"the filter {text} does more than compare plain paths with values.")
