"""A table of delayed tasks here: when its drain and its sweeps have something to do, and when they have not.

On AWS they look at each minute of each day, when it comes. A skip would have them look at 10,080 minutes a
week, in 80,640 queries each: minutes without an open task are passed over here, as if they had been empty.
"""

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from stepfunctions_local.engine.clock import Clock
from stepfunctions_local.local_aws.endpoint import Backend, LocalAwsError, ask, call
from stepfunctions_local.local_aws.process import AwsRequest, LocalAwsStopped
from stepfunctions_local.local_aws.program import OPEN_TASKS
from task_table.cursor import PARTITION, name_sweep
from task_table.horizon import LOOK_AHEAD_SECONDS
from task_table.slot import SECONDS

_SWEEP: Final = name_sweep("")
_OTHER_KEYS: Final = "ValidationException"
_MOVED: Final = "ConditionalCheckFailedException"

_LOG: Final = logging.getLogger(__name__)


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
    """A table, by its name. One that has no cursors yet, or is none of tasks, has nothing to do.

    A failed call is repeated at the next look. The first failure in a row is logged, and so is its end.
    """

    def __init__(self, backend: Backend, name: str, clock: Clock) -> None:
        self._backend = backend
        self._name = name
        self._clock = clock
        self._failing: set[str] = set()

    async def is_ready(self) -> bool:
        """Return whether clients can use it: the first tick of the drain makes its cursor."""
        async with self._watching("reading the cursors", _OTHER_KEYS):
            return any(cursor.attribute == "drained" for cursor in await self._read_cursors())
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
                async with self._watching(f"moving {cursor.sk} over empty minutes", _MOVED):
                    await self._move(cursor, target)

    async def _find_open(self) -> list[tuple[_Cursor, int | None]]:
        """Return the cursors, each with the first minute from it on that has an open task."""
        async with self._watching("finding open tasks", _OTHER_KEYS):
            cursors = await self._read_cursors()
            return list(zip(cursors, await self._find_minutes(cursors), strict=True))
        return []

    @asynccontextmanager
    async def _watching(self, action: str, expected: str) -> AsyncIterator[None]:
        """Log the first failure of an action in a row, and its end. None is raised.

        The `expected` error is no failure: the table has other keys, so it is none of tasks; or a tick has
        moved the cursor.
        """
        try:
            yield
        except LocalAwsStopped:
            return  # the start of the next process is logged, and it is asked at the next look
        except LocalAwsError as error:
            if error.code == expected:
                return
            if action not in self._failing:
                _LOG.warning("Table %s: %s failed, and is repeated: %s", self._name, action, error)
            self._failing.add(action)
        else:
            if action in self._failing:
                _LOG.warning("Table %s: %s succeeds again.", self._name, action)
            self._failing.discard(action)

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
        minutes: list[int | None] = await ask(self._backend, AwsRequest(OPEN_TASKS, {}, json.dumps(asked)))
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
