"""Text of others, made fit for a terminal."""


def plain(text: str) -> str:
    """Write characters that could steer a terminal, and line ends, as JSON would."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
