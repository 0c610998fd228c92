"""The functions of the endpoint under test, and a client that invokes them."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from stepfunctions_local.lambdas.function import Function


@dataclass(frozen=True)
class Reply:
    """An answer of the endpoint."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def error_type(self) -> str | None:
        """The type in the header of a refusal."""
        return self.headers.get("x-amzn-errortype")

    @property
    def function_error(self) -> str | None:
        """The header that only a failed function has."""
        return self.headers.get("X-Amz-Function-Error")

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


@dataclass
class Functions:
    """The functions of the endpoint under test, one for each handler and named after it."""

    code: Path
    served: dict[str, Function] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)
    runtime: str = "python3.12"
    defaults: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, handler: str | None = None, **settings: Any) -> None:
        """Serve a handler with these settings of its function."""
        settings = {**self.defaults, **settings}
        self.served[name] = Function(name, handler or f"handlers.{name}", self.runtime, self.code, **settings)


@dataclass(frozen=True)
class Client:
    """Invokes functions over HTTP."""

    url: str
    session: aiohttp.ClientSession

    async def invoke(self, name: str, body: bytes = b"{}", query: str = "", **headers: str) -> Reply:
        """Invoke a function. The names of headers omit `X-Amz-`."""
        return await self.send("POST", f"/2015-03-31/functions/{name}/invocations{query}", body, headers)

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        """Send any request."""
        url = URL(self.url + path, encoded=True)
        named = {f"X-Amz-{name.replace('_', '-')}": value for name, value in (headers or {}).items()}
        async with self.session.request(method, url, data=io.BytesIO(body), headers=named) as response:
            return Reply(response.status, response.headers, await response.read())
