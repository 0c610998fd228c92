"""Asks a local endpoint for the number of waiting tasks, and for the due ones: AWS has no call for that."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from delay.aws.connection import StepFunctionsClient
from delay.aws.foreign_endpoint import find_foreign_endpoint
from delay.executions.execution import Execution
from delay.executions.state_machine import StateMachineArn
from delay.task import Status

_PATH: Final = "/_stepfunctions-local/waiting"
_LISTED_PATH: Final = "/_stepfunctions-local/executions"
_TIMEOUT_SECONDS: Final = 60

_ROUNDING: Final = timedelta(seconds=1)
"""The endpoint counts a wait from the state's entry, a moment after the execution's start."""

_STATUSES: Final = {
    ("RUNNING", True): Status.WAITING,
    ("RUNNING", False): Status.RUNNING,
    ("SUCCEEDED", False): Status.SUCCEEDED,
    ("FAILED", False): Status.FAILED,
    ("TIMED_OUT", False): Status.TIMED_OUT,
    ("ABORTED", False): Status.STOPPED,
}


class NoIndex(Exception):
    """The endpoint is not a stepfunctions-local, or cannot be reached."""


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Executions in their order, and the place of the next page; None after the last one."""

    executions: tuple[Execution, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class WaitingIndex:
    """The index of waiting executions of a local endpoint."""

    endpoint_url: str
    machine: StateMachineArn

    def count(self, prefix: str) -> dict[Status, int]:
        """Count the tasks whose keys begin with a prefix, by status.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        answer = self._request(_PATH, prefix=prefix)
        try:
            return {
                _STATUSES[each["status"], each["is_waiting"]]: int(each["executions"])
                for each in answer["counts"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise NoIndex from error

    def list_due(self, prefix: str, due_from: datetime, due_until: datetime) -> Iterator[Execution]:
        """Yield the waiting executions due in a window, both ends included, the earliest due first.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        following: str | None = None
        while True:
            page = self.read_due(prefix, due_from, due_until, following)
            yield from page.executions
            if not page.following:
                return
            following = page.following

    def read_due(
        self,
        prefix: str,
        due_from: datetime,
        due_until: datetime,
        after: str | None = None,
        limit: int | None = None,
    ) -> IndexPage:
        """Return a page of the waiting executions due in a window, the earliest due first.

        `after` is the place at which an earlier page ended. `limit` is the most executions of the page.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        window = _build_window(due_from, due_until)
        return self._read_page(_PATH, {"prefix": prefix, **window, **_build_page(after, limit)})

    def read_status(
        self, status: str, prefix: str, after: str | None = None, limit: int | None = None
    ) -> IndexPage:
        """Return a page of the executions with a status of Step Functions, the latest first.

        Running ones are those that do not wait. `OPEN` are all that have not ended, and `ALL` all there are.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        request = {"status": status, "prefix": prefix, **_build_page(after, limit)}
        return self._read_page(_LISTED_PATH, request)

    def list_status(self, status: str, prefix: str) -> Iterator[Execution]:
        """Yield the executions with a status as `read_status` takes it, the latest first.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        page = self.read_status(status, prefix)
        yield from page.executions
        while page.following:
            page = self.read_status(status, prefix, page.following)
            yield from page.executions

    def count_by_minute(self, prefix: str, due_from: datetime, due_until: datetime) -> Mapping[datetime, int]:
        """Return the minutes (UTC) in which executions are due, each with their number.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        window = _build_window(due_from, due_until)
        answer = self._request(_PATH, prefix=prefix, by="minute", **window)
        try:
            return {
                datetime.fromisoformat(each["from"]): int(each["executions"]) for each in answer["minutes"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise NoIndex from error

    def read_revision(self) -> str:
        """Return a text that changes with every change at the endpoint.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        try:
            return str(self._request(_LISTED_PATH)["revision"])
        except KeyError as error:
            raise NoIndex from error

    def _read_page(self, path: str, request: Mapping[str, str]) -> IndexPage:
        answer = self._request(path, **request)
        try:
            return IndexPage(tuple(map(_parse_execution, answer["executions"])), answer.get("next"))
        except (KeyError, TypeError, ValueError) as error:
            raise NoIndex from error

    def _request(self, path: str, **parameters: str) -> Mapping[str, Any]:
        query = urlencode({"stateMachineArn": self.machine.unqualified_arn, **parameters})
        # No proxy: the endpoint is on this computer, or one next to it.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(f"{self.endpoint_url}{path}?{query}", timeout=_TIMEOUT_SECONDS) as response:
                answer = json.load(response)
        except (OSError, HTTPException, ValueError) as error:
            raise NoIndex from error
        if not isinstance(answer, dict):
            raise NoIndex
        return answer


def find_index(sfn: StepFunctionsClient, machine: StateMachineArn) -> WaitingIndex | None:
    """Return the index of the endpoint that a client calls; None if that is AWS's own."""
    url = find_foreign_endpoint(sfn)
    return WaitingIndex(url, machine) if url else None


def _parse_execution(described: Mapping[str, Any]) -> Execution:
    times = {
        name: datetime.fromisoformat(described[name])
        for name in ("startDate", "stopDate")
        if name in described
    }
    return Execution.of_description({**described, **times})


def _build_window(due_from: datetime, due_until: datetime) -> dict[str, str]:
    return {"dueFrom": _format(due_from, timedelta(0)), "dueUntil": _format(due_until, _ROUNDING)}


def _build_page(after: str | None, limit: int | None) -> dict[str, str]:
    return {
        **({} if after is None else {"after": after}),
        **({} if limit is None else {"limit": str(limit)}),
    }


def _format(moment: datetime, margin: timedelta) -> str:
    try:
        return (moment + margin).astimezone(UTC).isoformat()
    except OverflowError:
        return moment.astimezone(UTC).isoformat()
