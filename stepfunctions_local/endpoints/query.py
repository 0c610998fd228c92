"""The query of a GET beside AWS's API: its parameters, parsed, and its answer or its rejection as JSON."""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from aiohttp import web

from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.records.listing import Named, Place
from stepfunctions_local.language.timestamp import parse_timestamp

_LOG: Final = logging.getLogger(__name__)

_PLACE: Final = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)


class QueryError(Exception):
    """A query is rejected with this HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a request. They raise QueryError if they cannot be used."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, request: web.BaseRequest, known: Collection[str]) -> Self:
        """Return the query of a GET whose parameters are all known."""
        if request.method != "GET":
            raise QueryError(f"Only GET is accepted here, not {request.method}.", 405)
        if unknown := sorted(request.query.keys() - set(known)):
            raise QueryError(f"Unknown parameter {unknown[0]}: {', '.join(sorted(known))} are known.")
        return cls(dict(request.query))

    def __contains__(self, name: str) -> bool:
        """Whether a parameter is given."""
        return name in self.values

    def find_named(self, engine: Engine) -> Named:
        """Return the filter by state machine and prefix."""
        if "stateMachineArn" not in self.values:
            raise QueryError("The parameter stateMachineArn is missing: of which state machine?")
        machine = engine.catalog.target(self.values["stateMachineArn"]).machine
        return Named(machine.id, self.values.get("prefix", ""))

    def parse_moment(self, name: str) -> datetime:
        """Return a time."""
        try:
            return parse_timestamp(self.values.get(name, ""))
        except (OverflowError, ValueError) as error:
            raise QueryError(f"{name}: {error}") from error

    def parse_place(self, first: Place) -> Place:
        """Return the place to go on from, or `first` if there is none."""
        if (text := self.values.get("after")) is None:
            return first
        form = _PLACE.fullmatch(text)
        if form is None:
            raise QueryError("after must be the `next` of an earlier answer.")
        return int(form[1]), int(form[2])

    def parse_limit(self, most: int) -> int:
        """Return the size of the page: the one asked for, and by default `most`."""
        text = self.values.get("limit", str(most))
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= most):
            raise QueryError(f"limit must be a number from 1 to {most}.")
        return int(text)


def answer(handle: Callable[[], Mapping[str, Any]]) -> web.Response:
    """Return the answer that a handler builds, or the rejection that it raises."""
    try:
        return web.json_response(handle())
    except QueryError as error:
        return web.json_response({"error": str(error)}, status=error.status)
    except ServiceError as error:
        return web.json_response({"error": str(error)}, status=400)
    except Exception:  # noqa: BLE001 - a bug must not take the endpoint down
        _LOG.exception("A request beside AWS's API failed because of a bug in this endpoint.")
        return web.json_response({"error": "A bug in the local endpoint: see its log."}, status=500)


def format_place(place: Place) -> str:
    """Return a place as `after` takes it."""
    return f"{place[0]}.{place[1]}"


def describe(engine: Engine, execution: Execution) -> dict[str, Any]:
    """Return an execution in the form of DescribeExecution, with times in RFC 3339."""
    optional = {
        "stopDate": execution.stopped and execution.stopped.isoformat(),
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
    }
    return {
        "executionArn": engine.arn(execution),
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started.isoformat(),
        "input": execution.input,
        **{name: value for name, value in optional.items() if value is not None},
    }
