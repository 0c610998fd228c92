"""The output of functions in the latest calls, by the execution or the keys of the tasks called, over HTTP.

A call has the execution in its client context, as the state machine of template.yaml passes it. A call for a
queue has the messages of tasks as its event.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from aiohttp import web

from stepfunctions_local.lambdas.invocation import Invocation

PATH: Final = "/_lambda-local/logs"

_MOST_BYTES: Final = 16_777_216
_MOST_SUBJECTS: Final = 10_000
_MOST_CALLS: Final = 20
"""The calls that are returned of one execution or key: the latest."""

_EXECUTION: Final = "execution"
_KEY: Final = "key"
"""The parameters of the query."""

_Subject: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CallLog:
    """The log of one call, which began at a time (UTC)."""

    function: str
    started: datetime
    text: bytes
    tasks: int = 1
    """The tasks of the call: more than one if a queue had several messages."""


class CallLogs:
    """The logs of the latest calls, in memory. The oldest make room for others."""

    def __init__(self) -> None:
        self._by_subject: OrderedDict[_Subject, list[CallLog]] = OrderedDict()
        self._bytes = 0

    def keep(self, invocation: Invocation, log: CallLog) -> None:
        """Keep the log of a call that an execution made, or a queue of tasks."""
        execution = find_execution(invocation.client_context)
        keys = find_keys(invocation.event) if execution is None else []
        for subject in [(_EXECUTION, execution)] if execution else [(_KEY, key) for key in keys]:
            self._keep(subject, replace(log, tasks=len(keys) or 1))

    def _keep(self, subject: _Subject, log: CallLog) -> None:
        logs = self._by_subject.setdefault(subject, [])
        self._by_subject.move_to_end(subject)
        logs.append(log)
        self._bytes += len(log.text)
        if len(logs) > _MOST_CALLS:
            self._bytes -= len(logs.pop(0).text)
        while self._bytes > _MOST_BYTES or len(self._by_subject) > _MOST_SUBJECTS:
            _, oldest = self._by_subject.popitem(last=False)
            self._bytes -= sum(len(each.text) for each in oldest)

    def serve(self, request: web.BaseRequest) -> web.Response:
        """Return calls, the earliest first: `GET ?execution=ARN`, or `?key=KEY` of a task in a table."""
        if request.method != "GET":
            return web.json_response({"error": "Only GET is accepted here."}, status=405)
        subject = next(
            ((name, request.query[name]) for name in (_EXECUTION, _KEY) if name in request.query), None
        )
        logs = self._by_subject.get(subject, []) if subject else []
        calls = [
            {
                "function": log.function,
                "started": log.started.isoformat(),
                "text": log.text.decode(errors="replace"),
                "tasks": log.tasks,
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


def find_keys(event: bytes) -> list[str]:
    """Return the keys of the tasks in an event of SQS; none if it is another event."""
    try:
        records = json.loads(event)["Records"]
        bodies = [json.loads(record["body"]) for record in records if record["eventSource"] == "aws:sqs"]
        keys = [body["key"] for body in bodies]
    except (KeyError, RecursionError, TypeError, ValueError):
        return []
    return list(dict.fromkeys(key for key in keys if isinstance(key, str)))
