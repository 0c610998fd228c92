"""The body of a request: in time, within its size, and not encoded."""

import asyncio
from typing import Final

from aiohttp import web

from stepfunctions_local.http.connection import Connection

BODY_SECONDS: Final = 20
"""The longest time that a body takes. Any honest client on this computer sends it in less."""

_PLAIN: Final = "identity"


class BodyError(Exception):
    """A request's body cannot be used. The message is for the client."""


class BodyTooLarge(BodyError):
    """The body has more bytes than allowed."""


class BodyTooSlow(BodyError):
    """The body did not arrive in time."""


class BodyIncomplete(BodyError):
    """The connection ended before the body, or the body is malformed."""


class BodyEncoded(BodyError):
    """The body has a Content-Encoding. AWS's SDKs send these APIs none."""


async def read_body(request: web.BaseRequest, max_bytes: int, *, to_its_end: bool = False) -> bytes:
    """Return the body of a request.

    `to_its_end`: read even a body that is too large to its end, for clients that read no response before.

    Raises:
        BodyTooLarge: it has more than `max_bytes`.
        BodyTooSlow: it does not arrive within BODY_SECONDS.
        BodyIncomplete: the connection ends before it does.
        BodyEncoded: it has a Content-Encoding.

    """
    if request.headers.get("Content-Encoding", _PLAIN).strip().lower() not in {"", _PLAIN}:
        raise BodyEncoded("A request must have no Content-Encoding.")
    if (request.content_length or 0) > max_bytes and not to_its_end:
        raise _build_too_large(max_bytes)
    connection = request.protocol if isinstance(request.protocol, Connection) else None
    if connection and not request.content.is_eof():
        connection.begin_body()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read_chunks(request, max_bytes, to_its_end=to_its_end)
    except TimeoutError as error:
        raise BodyTooSlow(f"The body of a request must arrive within {BODY_SECONDS} seconds.") from error
    except (web.RequestPayloadError, ConnectionError, RuntimeError) as error:
        # aiohttp raises RuntimeError if the connection ended before the first read.
        raise BodyIncomplete(f"The request is incomplete: {error}") from error
    finally:
        if connection:
            connection.end_body()
    return body


async def _read_chunks(request: web.BaseRequest, max_bytes: int, *, to_its_end: bool) -> bytes:
    body, is_too_large = bytearray(), False
    async for chunk in request.content.iter_any():
        is_too_large = is_too_large or len(body) + len(chunk) > max_bytes
        if is_too_large and not to_its_end:
            break
        if not is_too_large:
            body += chunk
    if is_too_large:
        raise _build_too_large(max_bytes)
    return bytes(body)


def _build_too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"A request may have at most {max_bytes} bytes.")
