"""The hosts that a request is for."""

import re

from aiohttp import web


def list_hosts(request: web.BaseRequest) -> list[str]:
    """Return the hosts that a request is for: each `Host`, and the one of a request target in absolute form.

    Source: RFC 9112, "absolute-form": the latter counts, whatever `Host` says.
    """
    target = request.raw_path
    in_target = [] if target.startswith("/") or "://" not in target else [_read_authority(target)]
    return [*request.headers.getall("Host", ()), *in_target]


def _read_authority(target: str) -> str:
    return re.split(r"[/?#]", target.partition("://")[2], maxsplit=1)[0]
