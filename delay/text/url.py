"""How the URL of an endpoint is read."""

import re
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import urlsplit

_FORM: Final = re.compile(r"https?://(?P<authority>[^\s/?#@]+)(?P<path>/[^\s?#]*)?")
_NAME: Final = re.compile(r"(?=.{1,255}$)[\w-]{1,63}(\.[\w-]{1,63})*\.?", re.ASCII)
_UNBRACKETED: Final = re.compile(r"[0-9A-Fa-f]*(:[0-9A-Fa-f]*){2,}")


def parse_url(text: str) -> str:
    """Return the URL of an endpoint without a slash at its end.

    Raises:
        ValueError: no client could send a request to it. The message says why, in a sentence.

    """
    form = _FORM.fullmatch(text)
    if not form:
        raise ValueError(
            f"'{text}' is not a URL that begins with http:// or https://, such as http://127.0.0.1:8083."
        )
    if _UNBRACKETED.fullmatch(form["authority"]):
        raise ValueError(f"'{text}' has an IPv6 address without brackets: write http://[::1]:8083.")
    if not _has_valid_authority(text):
        raise ValueError(f"'{text}' has no valid host and port: write http://127.0.0.1:8083.")
    return text.rstrip("/")


def build_url(host: str, port: int) -> str:
    """Return the URL of a host and port. An IPv6 address gets brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _has_valid_authority(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
        is_address = ":" in host and IPv6Address(host) is not None
    except ValueError:
        return False
    return port != 0 and (is_address or bool(_NAME.fullmatch(host)))
