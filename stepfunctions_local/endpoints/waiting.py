"""Waiting executions over HTTP: their number, and those due in a window. No AWS client uses this path.

Step Functions itself can answer neither question in one call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from stepfunctions_local.endpoints.query import Query, QueryError, answer, describe, format_place
from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.records.listing import Count, DueWindow, Named, Place

PATH = "/_stepfunctions-local/waiting"

_PARAMETERS = frozenset({"stateMachineArn", "prefix", "dueFrom", "dueUntil", "after", "limit", "by"})

_PAGE_EXECUTIONS = 1_000
_PAGE_CHARACTERS = 4_000_000
"""The size of a page: executions, or characters of their inputs, whichever is reached first.

A page of 1,000 takes 70 ms, in which nothing else happens.
"""

_FIRST: Place = (-(2**63), 0)


@dataclass(frozen=True, slots=True)
class WaitingEndpoint:
    """The HTTP handler for requests that count executions, or list the waiting ones by due time.

    `GET ?stateMachineArn=...&prefix=...` returns `counts`, a list of objects:
    `status`: the status of executions;
    `is_waiting`: whether they are in a Wait state and not yet due;
    `executions`: their number.

    With `dueFrom` and `dueUntil`, two times in RFC 3339, it returns instead `executions`, the earliest due
    first, in the form of DescribeExecution with their `due` time, and `next`, the `after` of the next page.
    `limit` is the most of them.
    With `by=minute`, too, it returns instead `minutes`: the minutes in which executions are due, `from` a
    time, each with the number of `executions`.

    `prefix` is of the executions' names. Branches of Parallel and Map states are not looked at.
    `error` is the reason, if the request was rejected.
    """

    engine: Engine

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        return answer(lambda: self._handle(Query.of(request, _PARAMETERS)))

    def _handle(self, query: Query) -> Mapping[str, Any]:
        named = query.find_named(self.engine)
        if "dueFrom" not in query and "dueUntil" not in query:
            return {"counts": [_describe_count(count) for count in self.engine.count(named)]}
        window = DueWindow(query.parse_moment("dueFrom"), query.parse_moment("dueUntil"))
        if "by" in query:
            return self._count_by(query.values["by"], named, window)
        return self._list(named, window, query.parse_limit(_PAGE_EXECUTIONS), query.parse_place(_FIRST))

    def _count_by(self, unit: str, named: Named, window: DueWindow) -> Mapping[str, Any]:
        if unit != "minute":
            raise QueryError("by must be minute.")
        counts = self.engine.count_by_minute(named, window)
        return {"minutes": [{"from": rfc3339(minute), "executions": number} for minute, number in counts]}

    def _list(self, named: Named, window: DueWindow, limit: int, after: Place) -> Mapping[str, Any]:
        page: list[dict[str, Any]] = []
        characters = 0
        for place, execution in self.engine.waiting(named, window, limit, after):
            due = datetime.fromtimestamp(place[0] / 1000, UTC)
            page.append(describe(self.engine, execution) | {"due": rfc3339(due)})
            characters += len(execution.input)
            if len(page) == limit or characters > _PAGE_CHARACTERS:
                return {"executions": page, "next": format_place(place)}
        return {"executions": page}


def _describe_count(count: Count) -> dict[str, Any]:
    return {"status": count.status, "is_waiting": count.is_waiting, "executions": count.executions}
