"""What functions wrote during the latest calls, by the execution that called them, over HTTP.

A call has the execution in its client context, as the state machine of template.yaml passes it.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from stepfunctions_local.lambdas.invocation import Invocation

PATH: Final = "/_lambda-local/logs"

_MOST_BYTES: Final = 16_777_216
_MOST_EXECUTIONS: Final = 10_000
_MOST_CALLS: Final = 20
"""Of one execution: the latest of them."""


@dataclass(frozen=True, slots=True)
class CallLog:
    """The log of one call, which began at a time (UTC)."""

    function: str
    started: datetime
    text: bytes


class CallLogs:
    """The logs of the latest calls, in memory. The oldest make room for others."""

    def __init__(self) -> None:
        self._by_execution: OrderedDict[str, list[CallLog]] = OrderedDict()
        self._bytes = 0

    def keep(self, invocation: Invocation, log: CallLog) -> None:
        """Keep the log of a call that an execution made."""
        execution = find_execution(invocation.client_context)
        if execution is None:
            return
        logs = self._by_execution.setdefault(execution, [])
        self._by_execution.move_to_end(execution)
        logs.append(log)
        self._bytes += len(log.text)
        if len(logs) > _MOST_CALLS:
            self._bytes -= len(logs.pop(0).text)
        while self._bytes > _MOST_BYTES or len(self._by_execution) > _MOST_EXECUTIONS:
            _, oldest = self._by_execution.popitem(last=False)
            self._bytes -= sum(len(each.text) for each in oldest)

    def serve(self, request: web.BaseRequest) -> web.Response:
        """Return the calls of an execution: `GET ?execution=ARN`, the earliest call first."""
        if request.method != "GET":
            return web.json_response({"error": "Only GET is accepted here."}, status=405)
        logs = self._by_execution.get(request.query.get("execution", ""), [])
        calls = [
            {
                "function": log.function,
                "started": log.started.isoformat(),
                "text": log.text.decode(errors="replace"),
            }
            for log in logs
        ]
        return web.json_response({"calls": calls})


def find_execution(client_context: str | None) -> str | None:
    """Return the ARN of the execution in a client context; None if there is none."""
    try:
        execution = json.loads(client_context or "")["custom"]["execution"]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
    return execution if isinstance(execution, str) else None
