"""The gate of every listener: which requests may pass, by the host they name and the web page that sent them.

The endpoints check no signatures, and browsers let any open page send requests to this computer.
`Origin` gives the page. `Host` gives a page away whose own name leads to this computer (DNS rebinding).
Programs other than browsers send no `Origin`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Self

from stepfunctions_local.errors import SettingError

_HOST: Final = re.compile(r"(?P<name>\[[^\[\]]*\]|[A-Za-z0-9_.-]*)(:[0-9]*)?")
_LOCAL_NAMES: Final = frozenset({"localhost", "host.docker.internal"})
_LOCAL_DOMAIN: Final = ".localhost"

_SDK_PREFIX: Final = "sync-"
"""SDKs put it before the host for StartSyncExecution and TestState."""

HOST_NAME: Final = re.compile(r"[A-Za-z0-9_-]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
HOST_NAME_MEANING: Final = "a host's name without a port, such as step-functions or dev.example"
ORIGIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#*]+")
ORIGIN_MEANING: Final = (
    "an origin as browsers write it: scheme, host and, unless it is the usual one, port, "
    "such as http://localhost:3000"
)

_MAX_SHOWN_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Gate:
    """Refuses requests of web pages, and requests for names that may belong to a web page.

    `hosts` are further names that requests may be for, in lower case and without a port.
    `origins` are pages that may send requests, as browsers write them: `http://localhost:3000`.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    @classmethod
    def of(cls, hosts: Collection[str] = (), origins: Collection[str] = ()) -> Self:
        """Return a gate with these exceptions, in any case.

        Raises:
            SettingError: a host has a port or a scheme, or an origin has a path or no scheme.

        """
        for host in hosts:
            if not HOST_NAME.fullmatch(host):
                raise SettingError(f"{_show(host)!r} is not {HOST_NAME_MEANING}.")
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise SettingError(f"{_show(origin)!r} is not {ORIGIN_MEANING}.")
        return cls(frozenset(map(str.lower, hosts)), frozenset(map(str.lower, origins)))

    def refuse(self, hosts: Sequence[str], origins: Sequence[str]) -> str | None:
        """Return the reason to refuse a request with these `Host` and `Origin` headers; None if it may pass.

        A request without a Host passes, since every browser sends one.
        """
        for host in hosts:
            if not self._allows_host(host):
                return _explain_host(host)
        for origin in origins:
            if not (_is_own(origin, hosts) or self.allows_origin(origin)):
                return _explain_origin(origin)
        return None

    def allows_origin(self, origin: str) -> bool:
        """Whether `--allowed-origin` names a page."""
        return origin.lower() in self.origins

    def _allows_host(self, host: str) -> bool:
        return any(_is_local(name) or name in self.hosts for name in _list_names(host))


DEFAULT_GATE: Final = Gate()
"""The gate without options: names of this computer only, and no pages but the listener's own."""


@lru_cache(maxsize=256)
def _list_names(host: str) -> tuple[str, ...]:
    """Return the names that a Host may stand for, with and without an SDK's prefix; none if malformed."""
    name = _strip_port(host).lower()
    return tuple({name, name.removeprefix(_SDK_PREFIX)} - {""})


def _strip_port(host: str) -> str:
    """Return a Host without its port and without the dot that ends a full name; "" if it is malformed."""
    found = _HOST.fullmatch(host)
    return found["name"].removesuffix(".") if found else ""


@lru_cache(maxsize=256)
def _is_local(name: str) -> bool:
    """Whether no web page can have this name: an IP address is no name, and the others are reserved."""
    if name in _LOCAL_NAMES or name.endswith(_LOCAL_DOMAIN):
        return True
    bracketed = name.startswith("[") and name.endswith("]")
    try:
        version = ip_address(name[1:-1] if bracketed else name).version
    except ValueError:
        return False
    return bracketed == (version == 6)  # noqa: PLR2004 - of the Internet Protocol


def _is_own(origin: str, hosts: Sequence[str]) -> bool:
    """Whether a page came from the listener itself. Its Host has passed before."""
    return [origin.lower()] == [f"http://{host.lower()}" for host in hosts]


def _explain_host(host: str) -> str:
    return (
        f"Refused: the request is for the host {_show(host)}, which may be the name of a web page. "
        "If the name is yours, such as that of a service in Docker Compose, start the endpoint with "
        f"--allowed-host {_show(_strip_port(host)) or 'NAME'}."
    )


def _explain_origin(origin: str) -> str:
    if origin == "null":
        return "Refused: a web page without an origin, such as a file or a sandboxed frame, sent the request."
    return (
        f"Refused: the web page {_show(origin)} sent the request. "
        f"If the page is yours, start the endpoint with --allowed-origin {_show(origin)}."
    )


def _show(value: str) -> str:
    """Return a header's value in a form that a terminal prints harmlessly."""
    return ascii(value[:_MAX_SHOWN_CHARACTERS])[1:-1]
