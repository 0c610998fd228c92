"""Waiting executions over HTTP: their number, and those due in a window. No AWS client uses this path.

Step Functions itself can answer neither question in one call.
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.records.listing import Count, DueWindow, Named, Place
from stepfunctions_local.language.timestamp import parse_timestamp

PATH = "/_stepfunctions-local/waiting"

_LOG = logging.getLogger(__name__)

_PARAMETERS = frozenset({"stateMachineArn", "prefix", "dueFrom", "dueUntil", "after"})

_PAGE_EXECUTIONS = 5_000
_PAGE_CHARACTERS = 4_000_000
"""The size of a page: executions, or characters of their inputs, whichever is reached first."""

_PLACE = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)
_FIRST: Place = (-(2**63), 0)


class _RequestError(Exception):
    """A request is rejected with this HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class WaitingEndpoint:
    """The HTTP handler for requests that count executions, or list the waiting ones by due time.

    `GET ?stateMachineArn=...&prefix=...` returns `counts`, a list of objects:
    `status`: the status of executions;
    `is_waiting`: whether they are in a Wait state and not yet due;
    `executions`: their number.

    With `dueFrom` and `dueUntil`, two times in RFC 3339, it returns instead `executions`, the earliest due
    first, in the form of DescribeExecution with their `due` time, and `next`, the `after` of the next page.

    `prefix` is of the executions' names. Branches of Parallel and Map states are not looked at.
    `error` is the reason, if the request was rejected.
    """

    engine: Engine

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        try:
            return web.json_response(self._handle(request))
        except _RequestError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except ServiceError as error:
            return web.json_response({"error": str(error)}, status=400)
        except Exception:  # noqa: BLE001 - a bug must not take the endpoint down
            _LOG.exception("A request for waiting executions failed because of a bug in this endpoint.")
            return web.json_response({"error": "A bug in the local endpoint: see its log."}, status=500)

    def _handle(self, request: web.BaseRequest) -> dict[str, Any]:
        if request.method != "GET":
            raise _RequestError(f"Only GET is accepted here, not {request.method}.", 405)
        query = dict(request.query)
        if unknown := sorted(query.keys() - _PARAMETERS):
            raise _RequestError(
                f"Unknown parameter {unknown[0]}: {', '.join(sorted(_PARAMETERS))} are known."
            )
        if "stateMachineArn" not in query:
            raise _RequestError("The parameter stateMachineArn is missing: of which state machine?")
        machine = self.engine.catalog.target(query["stateMachineArn"]).machine
        named = Named(machine.id, query.get("prefix", ""))
        if "dueFrom" not in query and "dueUntil" not in query:
            return {"counts": [_describe_count(count) for count in self.engine.count(named)]}
        window = DueWindow(_parse_moment(query, "dueFrom"), _parse_moment(query, "dueUntil"))
        return self._list(named, window, _parse_place(query.get("after")))

    def _list(self, named: Named, window: DueWindow, after: Place) -> dict[str, Any]:
        page: list[dict[str, Any]] = []
        characters = 0
        for place, execution in self.engine.waiting(named, window, _PAGE_EXECUTIONS, after):
            page.append(self._describe(place, execution))
            characters += len(execution.input)
            if len(page) == _PAGE_EXECUTIONS or characters > _PAGE_CHARACTERS:
                return {"executions": page, "next": f"{place[0]}.{place[1]}"}
        return {"executions": page}

    def _describe(self, place: Place, execution: Execution) -> dict[str, Any]:
        return {
            "executionArn": self.engine.arn(execution),
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.started.isoformat(),
            "input": execution.input,
            "due": rfc3339(datetime.fromtimestamp(place[0] / 1000, UTC)),
        }


def _describe_count(count: Count) -> dict[str, Any]:
    return {"status": count.status, "is_waiting": count.is_waiting, "executions": count.executions}


def _parse_moment(query: dict[str, str], name: str) -> datetime:
    try:
        return parse_timestamp(query.get(name, ""))
    except (OverflowError, ValueError) as error:
        raise _RequestError(f"{name}: {error}") from error


def _parse_place(text: str | None) -> Place:
    if text is None:
        return _FIRST
    form = _PLACE.fullmatch(text)
    if form is None:
        raise _RequestError("after must be the `next` of an earlier answer.")
    return int(form[1]), int(form[2])
