"""Where a skip stops for a table of delayed tasks, and what its drain and sweeps pass over."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.local_aws.process import AwsRequest, AwsResponse
from stepfunctions_local.local_aws.program import OPEN_TASKS
from stepfunctions_local.local_aws.task_table import LocalTaskTable
from tests.unit.local_aws.fakes import FakeBackend

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
MINUTE = int(NOW.timestamp()) // 60
DRAINED = MINUTE + 11


class TaskBackend(FakeBackend):
    """Has the cursors of a table whose open tasks are in these minutes."""

    def __init__(self, *minutes: int) -> None:
        items = [
            {"sk": {"S": "cursor"}, "drained": {"N": str(DRAINED)}, "shard": {"N": "0"}},
            {"sk": {"S": "sweep#120"}, "swept": {"N": str(MINUTE - 3)}, "shard": {"N": "0"}},
        ]
        super().__init__({"Query": {"Items": items}})
        self.minutes = minutes
        self.failing: set[str] = set()

    async def send(self, request: AwsRequest) -> AwsResponse:
        """Answer a request, that for minutes too."""
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        if self.failing & {request.service, operation}:
            return AwsResponse(500, {}, json.dumps({"__type": "InternalFailure", "message": "no"}))
        if request.service != OPEN_TASKS:
            return await super().send(request)
        asked = json.loads(request.body)["minutes"]
        found = [min((minute for minute in self.minutes if minute >= first), default=None) for first in asked]
        return AwsResponse(200, {}, json.dumps(found))

    @property
    def moves(self) -> dict[str, Any]:
        """Where each cursor was moved to."""
        updates = [members for operation, members in self.calls if operation == "UpdateItem"]
        return {
            update["Key"]["sk"]["S"]: int(update["ExpressionAttributeValues"][":to"]["N"])
            for update in updates
        }


def make(backend: FakeBackend, now: datetime = NOW) -> LocalTaskTable:
    return LocalTaskTable(backend, "Tasks", ManualClock(now))


async def test_skip_stops_when_the_drain_can_send_a_task() -> None:
    """Ten minutes before its minute; without open tasks it need not stop."""
    due = datetime.fromtimestamp((DRAINED + 100) * 60 - 600, UTC)
    assert await make(TaskBackend(DRAINED + 100)).next_due() == due
    assert await make(TaskBackend()).next_due() is None


async def test_skip_stops_when_a_sweep_finds_a_lost_task() -> None:
    """Two minutes after the end of its minute."""
    due = datetime.fromtimestamp((MINUTE - 1) * 60 + 60 + 120, UTC)
    assert await make(TaskBackend(MINUTE - 1)).next_due() == due


async def test_minutes_without_open_tasks_are_passed_over() -> None:
    """Up to where the drain and the sweep themselves would stop, or to the next task."""
    backend, later = TaskBackend(), datetime.fromtimestamp((MINUTE + 10_080) * 60, UTC)
    await make(backend, later).pass_over()
    assert backend.moves == {"cursor": MINUTE + 10_080 + 11, "sweep#120": MINUTE + 10_080 - 2}
    busy = TaskBackend(DRAINED + 100)
    await make(busy, later).pass_over()
    assert busy.moves == {"cursor": DRAINED + 100, "sweep#120": DRAINED + 100}


async def test_cursors_that_are_where_they_ought_to_be_stay() -> None:
    """A cursor never goes back, and one that a tick has moved meanwhile is left to it."""
    backend = TaskBackend()
    await make(backend).pass_over()
    assert backend.moves == {"sweep#120": MINUTE - 2}
    backend.answers["UpdateItem"] = "ConditionalCheckFailedException"
    await make(backend).pass_over()


async def test_table_of_something_else_has_no_agenda() -> None:
    """Neither one with other keys, nor one without cursors: that is one before the drain's first tick."""
    for answer in ("ValidationException", {"Items": [{"sk": {"S": "note"}}]}):
        table = make(FakeBackend({"Query": answer}))
        assert await table.next_due() is None
        assert await table.is_ready() == (answer == "ValidationException")
        await table.pass_over()
    assert await make(TaskBackend()).is_ready()


async def test_refused_move_is_logged_once_and_repeated(caplog: pytest.LogCaptureFixture) -> None:
    """The schedule of the drain goes on, whatever has become of the table. The end is logged, too."""
    backend = TaskBackend()
    table = make(backend)
    refusals: list[dict[str, Any] | str] = ["ResourceNotFoundException", "ResourceNotFoundException", {}]
    for refusal in refusals:
        backend.answers["UpdateItem"] = refusal
        await table.pass_over()
    assert caplog.messages == [
        (
            "Table Tasks: moving sweep#120 over empty minutes failed, and is repeated: "
            "ResourceNotFoundException: no"
        ),
        "Table Tasks: moving sweep#120 over empty minutes succeeds again.",
    ]


@pytest.mark.parametrize("failing", ["Query", OPEN_TASKS])
async def test_table_that_cannot_be_read_is_logged_once(
    failing: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Without that, its drain would have nothing to do for ever, and nothing would say why."""
    backend = TaskBackend()
    table = make(backend)
    backend.failing = {failing}
    assert await table.next_due() is None
    await table.pass_over()
    backend.failing = set()
    await table.pass_over()
    assert caplog.messages == [
        "Table Tasks: finding open tasks failed, and is repeated: InternalFailure: no",
        "Table Tasks: finding open tasks succeeds again.",
    ]


async def test_silence_about_a_table_is_kept_if_nothing_failed(caplog: pytest.LogCaptureFixture) -> None:
    """A tick has moved the cursor, the table is none of tasks, or the process has ended, which is logged."""
    caplog.set_level(logging.DEBUG)
    moved, other, ended = TaskBackend(), TaskBackend(), TaskBackend()
    moved.answers["UpdateItem"] = "ConditionalCheckFailedException"
    other.answers["Query"] = "ValidationException"
    ended.has_ended = True
    for backend in (moved, other, ended):
        table = make(backend)
        await table.pass_over()
        await table.next_due()
        await table.is_ready()
    assert [record for record in caplog.records if record.name != "asyncio"] == []
