"""The gate of the console: which requests may pass, by the host they name and the page that sent them.

Browsers let any open page send requests to this computer. `Origin` gives the page. `Host` gives a page away
whose own name leads to this computer (DNS rebinding). No page of the web has an IP address or `localhost` as
its name.
"""

import re
from collections.abc import Collection, Sequence
from ipaddress import ip_address
from typing import Final

_HOST: Final = re.compile(r"(?P<name>\[[^\[\]]*\]|[A-Za-z0-9_.-]*)(:[0-9]*)?")
_LONGEST_SHOWN: Final = 200


def refuse(hosts: Sequence[str], origins: Sequence[str], allowed: Collection[str]) -> str | None:
    """Return the reason to refuse a request with these `Host` and `Origin` headers; None if it may pass.

    `allowed` are names besides those of this computer, in lower case and without a port.
    """
    if len(hosts) != 1 or not _is_allowed(_strip_port(hosts[0]), allowed):
        return (
            f"Refused: the request is for the host {_show(' '.join(hosts))}, which may be the name of a web "
            "page. If the name is yours, start the console with --allowed-host."
        )
    if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
        return f"Refused: another web page, {_show(' '.join(origins))}, sent the request."
    return None


def _is_allowed(name: str, allowed: Collection[str]) -> bool:
    return name == "localhost" or name.endswith(".localhost") or name in allowed or _is_address(name)


def _is_address(name: str) -> bool:
    bracketed = name.startswith("[") and name.endswith("]")
    try:
        version = ip_address(name[1:-1] if bracketed else name).version
    except ValueError:
        return False
    return bracketed == (version == 6)  # noqa: PLR2004 - of the Internet Protocol


def _strip_port(host: str) -> str:
    """Return a Host in lower case, without its port and the dot of a full name; "" if it is malformed."""
    found = _HOST.fullmatch(host)
    return found["name"].lower().removesuffix(".") if found else ""


def _show(text: str) -> str:
    return ascii(text[:_LONGEST_SHOWN])[1:-1] or "(none)"
