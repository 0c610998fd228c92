"""Executions over HTTP by their status, with all that is known of each. No AWS client uses this path.

ListExecutions has neither inputs nor results, and no filter by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from stepfunctions_local.endpoints.query import Query, QueryError, answer, describe, format_place
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.records.listing import BEFORE_ALL, Named, Place, Wanted, place

PATH: Final = "/_stepfunctions-local/executions"

_PARAMETERS: Final = frozenset({"stateMachineArn", "status", "prefix", "after", "limit"})
_MOST: Final = 1_000
_WITHOUT_FILTER: Final = {"ALL": None, "OPEN": Status.RUNNING}


@dataclass(frozen=True, slots=True)
class ListedEndpoint:
    """The HTTP handler for requests that list executions of a status, the latest first.

    `GET ?stateMachineArn=...&status=FAILED&prefix=...&limit=50` returns `executions` in the form of
    DescribeExecution, and `next`, the `after` of the next page.
    Running executions are those that do not wait for a time; the path of the waiting ones has the others.
    Instead of a status, `OPEN` are all that have not ended, and `ALL` are all there are, in the order of
    ListExecutions. A page of these may be short, and `next` says if there are more.
    Without a status it returns `revision`, a text that changes with every change on record.
    `error` is the reason, if the request was rejected.
    """

    engine: Engine

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request."""
        return answer(lambda: self._handle(Query.of(request, _PARAMETERS)))

    def _handle(self, query: Query) -> Mapping[str, Any]:
        if "status" not in query:
            return {"revision": self.engine.revision_number()}
        named = query.find_named(self.engine)
        limit, after = query.parse_limit(_MOST), query.parse_place(BEFORE_ALL)
        found = self._find(query.values["status"], named, limit, after)
        executions = [
            describe(self.engine, execution)
            for _, execution in found
            if execution.name.startswith(named.prefix)
        ]
        return {"executions": executions, **_describe_next([place for place, _ in found], limit)}

    def _find(self, status: str, named: Named, limit: int, after: Place) -> list[tuple[Place, Execution]]:
        if status in _WITHOUT_FILTER:
            wanted = Wanted(named.state_machine_id, status=_WITHOUT_FILTER[status])
            return [(place(each), each) for each in self.engine.executions(wanted, limit, after)]
        if _parse_status(status) is Status.RUNNING:
            return list(self.engine.busy(named, limit, after))
        return list(self.engine.ended(named, Status(status), limit, after))


def _parse_status(text: str) -> Status:
    try:
        return Status(text)
    except ValueError as error:
        known = ", ".join((*Status, *_WITHOUT_FILTER))
        raise QueryError(f"status must be one of {known}.") from error


def _describe_next(places: list[Place], limit: int) -> dict[str, str]:
    return {"next": format_place(places[-1])} if len(places) == limit else {}
