"""Executions over HTTP by their status, with all that is known of each. No AWS client uses this path.

ListExecutions has neither inputs nor results, and no filter by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from stepfunctions_local.endpoints.query import Query, QueryError, answer, describe, format_place
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.records.listing import BEFORE_ALL, Place

PATH: Final = "/_stepfunctions-local/executions"

_PARAMETERS: Final = frozenset({"stateMachineArn", "status", "prefix", "after", "limit"})
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class ListedEndpoint:
    """The HTTP handler for requests that list executions of a status, the latest first.

    `GET ?stateMachineArn=...&status=FAILED&prefix=...&limit=50` returns `executions` in the form of
    DescribeExecution, and `next`, the `after` of the next page.
    Running executions are those that do not wait for a time; the path of the waiting ones has the others.
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
        named, status = query.find_named(self.engine), _parse_status(query.values["status"])
        limit, after = query.parse_limit(_MOST), query.parse_place(BEFORE_ALL)
        if status is Status.RUNNING:
            found = list(self.engine.busy(named, limit, after))
        else:
            found = list(self.engine.ended(named, status, limit, after))
        executions = [describe(self.engine, execution) for _, execution in found]
        return {"executions": executions, **_describe_next([place for place, _ in found], limit)}


def _parse_status(text: str) -> Status:
    try:
        return Status(text)
    except ValueError as error:
        raise QueryError(f"status must be one of {', '.join(Status)}.") from error


def _describe_next(places: list[Place], limit: int) -> dict[str, str]:
    return {"next": format_place(places[-1])} if len(places) == limit else {}
