"""The index of a local endpoint: asked of no endpoint of AWS, and given up if it does not answer."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from delay import Delay, Status, Unreachable
from delay.executions.state_machine import StateMachineArn
from delay.executions.waiting_index import NoIndex, WaitingIndex, find_index
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK

MACHINE = StateMachineArn.of_arn("arn:aws:states:us-east-1:123456789012:stateMachine:orders:live")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def client_for(url: str | None) -> Any:
    return SimpleNamespace(meta=SimpleNamespace(endpoint_url=url))


@pytest.mark.parametrize(
    "url",
    [
        "https://states.us-east-1.amazonaws.com",
        "https://states.cn-north-1.amazonaws.com.cn",
        "https://vpce-1.states.eu-west-1.vpce.amazonaws.com",
        "https://states.us-east-1.api.aws",
        None,
        "",
    ],
)
def test_aws_is_not_asked(url: str | None) -> None:
    """It has no such path."""
    assert find_index(client_for(url), MACHINE) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8083", "http://stepfunctions:8083/", "http://[::1]:8083"])
def test_other_endpoints_are_asked(url: str) -> None:
    """They may be local ones."""
    assert find_index(client_for(url), MACHINE) == WaitingIndex(url.rstrip("/"), MACHINE)


@pytest.mark.parametrize("answer", [{}, {"counts": 7}, {"counts": [{"status": "NEW"}]}, {"executions": [{}]}])
def test_unknown_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Another version of the endpoint may give it."""
    monkeypatch.setattr(WaitingIndex, "_request", lambda *_, **__: answer)
    index = WaitingIndex("http://127.0.0.1:8083", MACHINE)
    with pytest.raises(NoIndex):
        index.count("")
    with pytest.raises(NoIndex):
        list(index.list_due("", NOW, NOW))
    with pytest.raises(NoIndex):
        index.count_by_minute("", NOW, NOW)
    with pytest.raises(NoIndex):
        index.read_revision()


def test_endpoint_that_stops_during_a_listing_is_reported(
    delay: Delay, sfn: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another way of listing would repeat tasks, so the caller has to begin again."""
    sfn.meta.endpoint_url = "http://127.0.0.1:1"
    shown = sfn.describe_execution(executionArn=delay.schedule({"a": 1}, after=HOUR, key="soon").arn)
    answers = [{"executions": [{**shown, "startDate": shown["startDate"].isoformat()}], "next": "2"}]

    def answer_once(*_: object, **__: object) -> Any:
        if not answers:
            raise NoIndex
        return answers.pop()

    monkeypatch.setattr(WaitingIndex, "_request", answer_once)
    with pytest.raises(Unreachable, match="has stopped answering: list again"):
        list(delay.list(prefix="so"))


def test_endpoint_that_does_not_answer_is_read_page_by_page(delay: Delay, sfn: FakeStepFunctions) -> None:
    """LocalStack is one, for example."""
    sfn.meta.endpoint_url = "http://127.0.0.1:1"
    delay.schedule({"a": 1}, after=HOUR, key="soon")
    delay.schedule({"a": 1}, after=WEEK, key="late")
    assert [task.key for task in delay.list(due_within=HOUR)] == ["soon"]
    assert delay.count().by_status[Status.OPEN] == 2
