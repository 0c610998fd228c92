"""The log of executions over HTTP: GET returns lines of a state machine. No AWS client uses its path."""

import json
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.log_line import LogLevel

PATH: Final = "/_stepfunctions-local/logs"


@dataclass(frozen=True, slots=True)
class LogsEndpoint:
    """The HTTP handler for requests that read the log.

    The query names the state machine, and the place to go on from: `?name=Orders&after=17`.
    The response has these members:
    `lines`: some lines, the oldest first, as AWS writes them to CloudWatch Logs;
    `after`: the place to go on from. There may be more lines unless `lines` is empty;
    `level`: the log level of the state machine, unless it was deleted;
    `error`: the reason, if the request was rejected.
    """

    engine: Engine

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        if request.method != "GET":
            error = f"The log accepts GET, not {request.method}."
            return web.json_response({"error": error}, status=405, headers={"Allow": "GET"})
        name, after = request.query.get("name", ""), request.query.get("after", "0")
        if not (after.isascii() and after.isdecimal()):
            return web.json_response({"error": "after must be a number that `after` was."}, status=400)
        return self._read(name, int(after))

    def _read(self, name: str, after: int) -> web.Response:
        page, level = self.engine.log.read(name, after), self._find_level(name)
        if level is None and not page.lines:
            return web.json_response({"error": self._explain_missing(name)}, status=404)
        lines = [json.loads(line.text) for line in page.lines]
        return web.json_response({"lines": lines, "after": page.after, "level": level})

    def _find_level(self, name: str) -> LogLevel | None:
        machine = self.engine.catalog.find_named(name)
        return LogLevel(str(machine.revision.setup.logging["level"])) if machine else None

    def _explain_missing(self, name: str) -> str:
        names = [machine.name for machine in self.engine.catalog.all()]
        choice = f"these: {', '.join(names)}" if names else "none"
        return f"There is no state machine {json.dumps(name)}. There are {choice}."
