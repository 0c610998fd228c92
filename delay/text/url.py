"""How the URL of an endpoint is read."""

import re
from ipaddress import IPv6Address, ip_address
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


def parse_host(text: str) -> str:
    """Return a host name or an IP address in lower case, without brackets and a dot at its end.

    Raises:
        ValueError: it is neither, or has a port. The message says so, in a sentence.

    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not (_is_address(bare) or _NAME.fullmatch(text)):
        raise ValueError(
            f"'{text}' is neither a host name nor an IP address: write own.example or ::1, without a port."
        )
    return bare.lower().removesuffix(".")


def build_url(host: str, port: int) -> str:
    """Return the URL of a host and port. An IPv6 address gets brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _has_valid_authority(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
        is_address = ":" in host and IPv6Address(host) is not None
    except ValueError:
        return False
    return port != 0 and (is_address or bool(_NAME.fullmatch(host)))
