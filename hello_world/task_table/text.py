"""Cuts texts to a number of bytes."""

_ELLIPSIS = "..."


def cut(text: str, size_bytes: int) -> str:
    """Return a text, cut to `size_bytes` of UTF-8. Half a surrogate becomes a question mark."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= size_bytes:
        return encoded.decode()
    return encoded[: max(0, size_bytes - len(_ELLIPSIS))].decode(errors="ignore") + _ELLIPSIS
