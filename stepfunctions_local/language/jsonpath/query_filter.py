"""Which filters a search may have: those that compare plain paths with values."""

import re

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_MEMBERSHIP = re.compile(r"\b(?:in|contains)\b")
_COSTLY_IN_FILTER = re.compile(r"\.\.|[*~^#/:]|\?.*\?", re.DOTALL)


class InvalidQuery(ValueError):
    """The text is not a search that can be done here."""


def check_filter(text: str) -> None:
    """Refuse a filter that could search at length for every node. Raises `InvalidQuery`."""
    bare = _QUOTED.sub("''", text)
    if _COSTLY_IN_FILTER.search(bare) or ("$" in bare and _MEMBERSHIP.search(bare)):
        raise InvalidQuery(f"the filter {text} does more than compare plain paths with values.")
