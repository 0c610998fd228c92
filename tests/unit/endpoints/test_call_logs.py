"""The logs of the latest calls, by the execution that made them, or the keys of their tasks."""

import json
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import make_mocked_request

from stepfunctions_local.endpoints.invoke import call_logs
from stepfunctions_local.endpoints.invoke.call_logs import CallLog, CallLogs, find_execution, find_keys
from stepfunctions_local.lambdas.invocation import Invocation

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def call(logs: CallLogs, execution: str, text: bytes) -> None:
    """Keep the log of a call."""
    context = json.dumps({"custom": {"execution": execution}})
    logs.keep(Invocation("id", b"{}", "arn", "trace", context), CallLog("F", NOW, text))


def read(logs: CallLogs, execution: str) -> list[str]:
    """Return the texts of an execution's calls."""
    response = logs.serve(make_mocked_request("GET", f"{call_logs.PATH}?execution={execution}"))
    assert isinstance(response.body, bytes)
    return [each["text"] for each in json.loads(response.body)["calls"]]


def test_calls_of_an_execution_are_kept_in_order() -> None:
    """The latest twenty, and none of another."""
    logs = CallLogs()
    for number in range(25):
        call(logs, "a", f"{number}".encode())
    call(logs, "b", b"\xff")
    assert read(logs, "a") == [str(number) for number in range(5, 25)]
    assert read(logs, "b") == ["\ufffd"]
    assert read(logs, "c") == []


def test_oldest_execution_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logs of all have a limit together."""
    monkeypatch.setattr(call_logs, "_MOST_BYTES", 10)
    logs = CallLogs()
    call(logs, "a", b"12345")
    call(logs, "b", b"12345")
    call(logs, "c", b"1")
    assert [read(logs, name) for name in ("a", "b", "c")] == [[], ["12345"], ["1"]]


@pytest.mark.parametrize("context", [None, "", "[]", '{"custom": 1}', '{"custom": {"execution": 1}}'])
def test_call_without_an_execution_is_not_kept(context: str | None) -> None:
    """Such as one of another program."""
    assert find_execution(context) is None
    logs = CallLogs()
    logs.keep(Invocation("id", b"{}", "arn", "trace", context), CallLog("F", NOW, b"x"))
    assert read(logs, "") == []


def test_only_get_is_accepted() -> None:
    """Nothing there can be changed."""
    assert CallLogs().serve(make_mocked_request("POST", call_logs.PATH)).status == 405


def test_calls_for_a_queue_are_kept_by_the_keys_of_their_tasks() -> None:
    """Each key has the whole log, with the number of tasks that share it."""
    records = [{"eventSource": "aws:sqs", "body": json.dumps({"key": key})} for key in ("a", "b")]
    event = json.dumps({"Records": records}).encode()
    logs = CallLogs()
    logs.keep(Invocation("id", event, "arn", "trace", None), CallLog("F", NOW, b"both"))
    for key in ("a", "b"):
        response = logs.serve(make_mocked_request("GET", f"{call_logs.PATH}?key={key}"))
        assert isinstance(response.body, bytes)
        (found,) = json.loads(response.body)["calls"]
        assert (found["text"], found["tasks"]) == ("both", 2)
    assert read(logs, "a") == []


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"[]",
        b'{"Records": 1}',
        b'{"Records": [{"eventSource": "aws:sqs", "body": "x"}]}',
        b'{"Records": [{"eventSource": "aws:sqs", "body": "{\\"key\\": 1}"}]}',
        b'{"Records": [{"eventSource": "aws:s3", "body": "{\\"key\\": \\"a\\"}"}]}',
    ],
)
def test_other_event_has_no_keys(event: bytes) -> None:
    """Such as one of another queue."""
    assert find_keys(event) == []
