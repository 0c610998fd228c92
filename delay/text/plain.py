"""Make untrusted text safe for a terminal."""


def plain(text: str) -> str:
    """Return the text with control characters and line ends escaped as in JSON."""
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
