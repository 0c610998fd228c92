"""A table of delayed tasks here: when its drain and its sweeps have something to do, and when they have not.

On AWS they look at each minute of each day, when it comes. A skip would have them look at 10,080 minutes a
week, in 80,640 queries each: minutes without an open task are passed over here, as if they had been empty.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from stepfunctions_local.engine.clock import Clock
from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.local_aws.endpoint import Backend, call
from stepfunctions_local.local_aws.process import AwsRequest
from stepfunctions_local.local_aws.program import OPEN_TASKS
from task_table.cursor import PARTITION, name_sweep
from task_table.horizon import LOOK_AHEAD_SECONDS
from task_table.slot import SECONDS

_SWEEP: Final = name_sweep("")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """A cursor, the `attribute` that has its minute, and when a minute is due, by its beginning."""

    sk: str
    attribute: str
    minute: int
    offset_seconds: int

    def find_due(self, minute: int) -> int:
        """Return when the drain or the sweep looks at a minute, in seconds since 1970."""
        return minute * SECONDS + self.offset_seconds

    def find_first_not_due(self, now: float) -> int:
        """Return the first minute that it does not look at yet."""
        return (int(now) - self.offset_seconds) // SECONDS + 1


class LocalTaskTable:
    """A table, by its name. One that has no cursors yet, or is none of tasks, has nothing to do."""

    def __init__(self, backend: Backend, name: str, clock: Clock) -> None:
        self._backend = backend
        self._name = name
        self._clock = clock

    async def is_ready(self) -> bool:
        """Return whether clients can use it: the first tick of the drain makes its cursor."""
        try:
            return any(cursor.attribute == "drained" for cursor in await self._read_cursors())
        except StepFunctionsLocalError:  # it has other keys, so it is none of tasks
            return True

    async def next_due(self) -> datetime | None:
        """Return the next time (UTC) at which the drain or a sweep finds an open task; None if none does."""
        found = await self._find_open()
        due = [cursor.find_due(minute) for cursor, minute in found if minute is not None]
        return datetime.fromtimestamp(min(due), UTC) if due else None

    async def pass_over(self) -> None:
        """Move the cursors to the first minute that has an open task, or is not due yet."""
        now = self._clock.now().timestamp()
        for cursor, minute in await self._find_open():
            end = cursor.find_first_not_due(now)
            target = end if minute is None else min(minute, end)
            if target > cursor.minute:
                with suppress(StepFunctionsLocalError):  # a tick has moved it, or the process has ended
                    await self._move(cursor, target)

    async def _find_open(self) -> list[tuple[_Cursor, int | None]]:
        """Return the cursors, each with the first minute from it on that has an open task."""
        try:
            cursors = await self._read_cursors()
            return list(zip(cursors, await self._find_minutes(cursors), strict=True))
        except StepFunctionsLocalError:  # it has other keys, or the process is about to be replaced
            return []

    async def _read_cursors(self) -> list[_Cursor]:
        found = await call(
            self._backend,
            "dynamodb",
            "Query",
            TableName=self._name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :cursor",
            ExpressionAttributeValues={":cursor": {"S": PARTITION}},
        )
        return list(_parse_cursors(found["Items"]))

    async def _find_minutes(self, cursors: Sequence[_Cursor]) -> list[int | None]:
        if not cursors:
            return []
        asked = {"table": self._name, "minutes": [cursor.minute for cursor in cursors]}
        response = await self._backend.send(AwsRequest(OPEN_TASKS, {}, json.dumps(asked)))
        minutes: list[int | None] = json.loads(response.body)
        return minutes

    async def _move(self, cursor: _Cursor, minute: int) -> None:
        """Move a cursor that still stands at the beginning of its minute."""
        await call(
            self._backend,
            "dynamodb",
            "UpdateItem",
            TableName=self._name,
            Key={"pk": {"S": PARTITION}, "sk": {"S": cursor.sk}},
            UpdateExpression="SET #minute = :to",
            ConditionExpression="#minute = :from AND #shard = :first AND attribute_not_exists(#after)",
            ExpressionAttributeNames={"#minute": cursor.attribute, "#shard": "shard", "#after": "after"},
            ExpressionAttributeValues={
                ":from": {"N": str(cursor.minute)},
                ":to": {"N": str(minute)},
                ":first": {"N": "0"},
            },
        )


def _parse_cursors(items: Sequence[Mapping[str, Any]]) -> Iterator[_Cursor]:
    for item in items:
        sk = item["sk"]["S"]
        if "drained" in item:
            yield _Cursor(sk, "drained", int(item["drained"]["N"]), -LOOK_AHEAD_SECONDS)
        elif sk.startswith(_SWEEP) and "swept" in item:
            age_seconds = int(sk.removeprefix(_SWEEP))
            yield _Cursor(sk, "swept", int(item["swept"]["N"]), SECONDS + age_seconds)
