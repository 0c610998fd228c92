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
        executions, following = self._find(query.values["status"], named, limit, after)
        page = {"executions": [describe(self.engine, execution) for execution in executions]}
        return page if following is None else {**page, "next": format_place(following)}

    def _find(
        self, status: str, named: Named, limit: int, after: Place
    ) -> tuple[list[Execution], Place | None]:
        if status not in _WITHOUT_FILTER:
            return self._find_with_status(_parse_status(status), named, limit, after)
        only = _WITHOUT_FILTER[status]
        if named.prefix:
            return self.engine.find_named(named, [only] if only else list(Status), limit, after)
        found = self.engine.executions(Wanted(named.state_machine_id, status=only), limit, after)
        return found, place(found[-1]) if len(found) == limit else None

    def _find_with_status(
        self, status: Status, named: Named, limit: int, after: Place
    ) -> tuple[list[Execution], Place | None]:
        if status is Status.RUNNING:
            found = list(self.engine.busy(named, limit, after))
        else:
            found = list(self.engine.with_status(named, status, limit, after))
        return [execution for _, execution in found], found[-1][0] if len(found) == limit else None


def _parse_status(text: str) -> Status:
    try:
        return Status(text)
    except ValueError as error:
        known = ", ".join((*Status, *_WITHOUT_FILTER))
        raise QueryError(f"status must be one of {known}.") from error
