"""Asks a local endpoint how many tasks wait, and which are due: questions that AWS has no call for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener

from delay.aws.connection import StepFunctionsClient
from delay.executions.execution import Execution
from delay.executions.state_machine import StateMachineArn
from delay.task import Status

_PATH: Final = "/_stepfunctions-local/waiting"
_TIMEOUT_SECONDS: Final = 60
_AWS_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonwebservices.com.cn")

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
class WaitingIndex:
    """The index of waiting executions of a local endpoint."""

    endpoint_url: str
    machine: StateMachineArn

    def count(self, prefix: str) -> dict[Status, int]:
        """Count the tasks whose keys begin with a prefix, by status.

        Raises:
            NoIndex: the endpoint cannot answer.

        """
        answer = self._request(prefix=prefix)
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
        request = {
            "prefix": prefix,
            "dueFrom": _format(due_from, timedelta(0)),
            "dueUntil": _format(due_until, _ROUNDING),
        }
        after: dict[str, str] = {}
        while True:
            answer = self._request(**request, **after)
            try:
                yield from map(_parse_execution, answer["executions"])
            except (KeyError, TypeError, ValueError) as error:
                raise NoIndex from error
            if not answer.get("next"):
                return
            after = {"after": answer["next"]}

    def _request(self, **parameters: str) -> Mapping[str, Any]:
        query = urlencode({"stateMachineArn": self.machine.unqualified_arn, **parameters})
        # No proxy: the endpoint is on this computer, or one next to it.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(f"{self.endpoint_url}{_PATH}?{query}", timeout=_TIMEOUT_SECONDS) as response:
                answer = json.load(response)
        except (OSError, HTTPException, ValueError) as error:
            raise NoIndex from error
        if not isinstance(answer, dict):
            raise NoIndex
        return answer


def find_index(sfn: StepFunctionsClient, machine: StateMachineArn) -> WaitingIndex | None:
    """Return the index of the endpoint that a client calls; None if that is AWS's own."""
    url = str(getattr(sfn.meta, "endpoint_url", None) or "")
    host = urlsplit(url).hostname or ""
    if urlsplit(url).scheme not in {"http", "https"} or host.endswith(_AWS_DOMAINS):
        return None
    return WaitingIndex(url.rstrip("/"), machine)


def _parse_execution(described: Mapping[str, Any]) -> Execution:
    return Execution.of_description(
        {**described, "startDate": datetime.fromisoformat(described["startDate"])}
    )


def _format(moment: datetime, margin: timedelta) -> str:
    try:
        return (moment + margin).astimezone(UTC).isoformat()
    except OverflowError:
        return moment.astimezone(UTC).isoformat()
