"""Runs ministack's DynamoDB and SQS for a local endpoint, which talks to it through pipes.

This is a program of its own, for the Python that has ministack. It is started as `python program.py FOLDER`;
without FOLDER nothing is kept. The account and the Region are in MINISTACK_ACCOUNT_ID and MINISTACK_REGION.

A line on standard input is a JSON object, and so is a line on standard output:
`{"id": 1, "service": "sqs", "method": "POST", "path": "/", "headers": {}, "query": {}, "body": ""}` is a
request, and gets `{"id": 1, "status": 200, "headers": {}, "body": ""}`;
`{"ahead": 60.0}` sets the clock, in seconds ahead of the computer's own, and `{"stopped": 1.7e9}` stops it;
the first answer is `{"ready": true}`, or `{"fatal": "..."}` if the folder cannot be used.

The end of standard input ends this program, which saves what has changed first. The kernel closes the input
however the endpoint ends, even by `kill -9`.
"""

import asyncio
import bisect
import collections
import functools
import gc
import json
import math
import os
import signal
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

MAX_LINE_BYTES = 64 * 1024 * 1024
SAVE_SECONDS = 0.5
SAVING_SHARE = 20
"""A save may take a twentieth of the time: the more there is to save, the rarer it is saved."""

READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")


DELAYS = "delays"
"""A service besides: it returns when the next hidden message of a queue is visible, in Unix time."""

OPEN_TASKS = "open-tasks"
"""Another one: it returns the minutes in which a table of delayed tasks has open ones.

`{"table": "Tasks", "minutes": [29734012]}` gets the first such minute from each of these on, or null.
"""

MAX_RECEIVES = 20
"""A message that was received more often than that is one that no function can process."""

PARTITIONS = 64
"""The number of partitions of key rows."""

LEFT = ("CALLED", "SUCCEEDED", "FAILED", "CANCELLED")
"""The statuses of tasks that neither the drain nor a sweep touches."""

Rows = dict[str, dict[str, Any]]
"""Rows by their sort keys."""


class Clock:
    """Stands in for the module `time` in ministack's services."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped: float | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        """Return another function of the module."""
        return getattr(time, name)

    def time(self) -> float:
        """Return the time of the endpoint's clock, in Unix time."""
        return time.time() + self._ahead if self._stopped is None else self._stopped

    def set(self, message: dict[str, Any]) -> None:
        """Set the clock as a line says."""
        self._stopped = message.get("stopped")
        self._ahead = message.get("ahead", self._ahead)


class Shared:
    """Stands in for the module `copy` while a service returns its state, which is written at once."""

    @staticmethod
    def deepcopy(value: object) -> object:
        """Return the value itself: copying 100,000 tasks takes four times as long as writing them."""
        return value


class State:
    """The state of one service in a file, which is replaced as a whole."""

    def __init__(self, service: Any, file: Path | None, default: Callable[[object], object]) -> None:  # noqa: ANN401 - ministack has no types
        self._service = service
        self._file = file
        self._default = default
        self._is_failing = False
        self.changed = False

    def load(self, hook: Callable[[dict[str, Any]], object]) -> None:
        """Load the file, if there is one. Raise ValueError if it is damaged."""
        if self._file and self._file.exists():
            self._service.load_persisted_state(json.loads(self._file.read_bytes(), object_hook=hook))

    def save(self) -> None:
        """Save what has changed."""
        if not (self._file and self.changed):
            return
        self.changed = False
        new = self._file.with_suffix(".new")
        with new.open("w", encoding="utf-8") as writing:
            writing.write(self._format())
            writing.flush()
            os.fsync(writing.fileno())
        new.replace(self._file)

    def try_to_save(self, warn: Callable[[str], object]) -> None:
        """Save what has changed, or keep it for the next time. Warn of the first failure and of its end."""
        try:
            self.save()
        except OSError as error:
            self.changed = True
            if not self._is_failing:
                warn(f"{self._file} cannot be written: {error.strerror}. Retrying.")
            self._is_failing = True
        else:
            if self._is_failing:
                warn(f"{self._file} is written again.")
            self._is_failing = False

    def warn_of_loss(self, warn: Callable[[str], object]) -> None:
        """Warn at the end of changes that could not be saved."""
        if self._is_failing:
            warn(f"{self._file} lacks the changes since it was last written.")

    def _format(self) -> str:
        copy, self._service.copy = self._service.copy, Shared
        try:
            return json.dumps(self._service.get_state(), default=self._default)
        finally:
            self._service.copy = copy


class OpenMinutes:
    """Finds the minutes with open tasks of a table, whose rows it gets by partition.

    It looks through one minute after the other, up to an open task: most tasks of a full table are later.
    """

    def __init__(self) -> None:
        self._seen: tuple[int, str | None] = (0, None)
        self._slots: dict[int, list[str]] = {}
        self._minutes: list[int] = []

    def find(self, items: dict[str, Rows], asked: list[int]) -> list[int | None]:
        """Return the first minute with an open task from each minute on."""
        self._list_slots(items)

        @functools.cache
        def is_open(minute: int) -> bool:
            return any(is_slot_open(items, slot) for slot in self._slots[minute])

        following = (self._minutes[bisect.bisect_left(self._minutes, minute) :] for minute in asked)
        return [next(filter(is_open, each), None) for each in following]

    def _list_slots(self, items: dict[str, Rows]) -> None:
        """List the slots, unless they are the same. A dictionary has its latest key at the end."""
        seen = (len(items), next(reversed(items), None))
        if seen == self._seen:
            return
        self._seen = seen
        self._slots = {}
        for partition in items:
            if partition.startswith("slot#"):
                self._slots.setdefault(int(partition.split("#")[1]), []).append(partition)
        self._minutes = sorted(self._slots)


def is_slot_open(items: dict[str, Rows], slot: str) -> bool:
    """Whether a slot has the row of an open task, whose key row then names the slot."""
    for sort_key in items.get(slot, ()):
        key = sort_key[len("000000000000#") : -len("#0000000000000000")]
        row = items.get(f"key#{zlib.crc32(key.encode()) % PARTITIONS}", {}).get(key)
        if row and row["slot"]["S"] == slot and row["status"]["S"] not in LEFT:
            return True
    return False


class Program:
    """Serves requests from one stream, and writes the answers to another."""

    def __init__(self, folder: Path | None, output: TextIO) -> None:
        from ministack.core import persistence  # noqa: PLC0415 - in the other Python
        from ministack.services import dynamodb, sqs  # noqa: PLC0415 - likewise

        self._clock = Clock()
        services = {"dynamodb": dynamodb, "sqs": sqs}
        self._handlers = {name: service.handle_request for name, service in services.items()}
        self._handlers[DELAYS] = self._find_delay
        self._handlers[OPEN_TASKS] = self._find_open_tasks
        self._queues = sqs._queues  # noqa: SLF001 - no operation returns it
        self._tables = dynamodb._tables  # noqa: SLF001 - a scan would take a hundred times as long
        self._open_minutes: dict[str, OpenMinutes] = collections.defaultdict(OpenMinutes)
        self._states = {}
        for name, service in services.items():
            service.time = self._clock
            file = folder / f"{name}.json" if folder else None
            self._states[name] = State(service, file, persistence._json_default)  # noqa: SLF001 - the format of its own files
        self._hook = persistence._json_object_hook  # noqa: SLF001 - likewise
        self._output = output
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the input ends or SIGTERM comes."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        loop.add_signal_handler(signal.SIGTERM, reader.feed_eof)
        if not self._load():
            return
        saving = asyncio.create_task(self._save_again_and_again())
        while line := await reader.readline():
            self._handle(json.loads(line))
        saving.cancel()
        self._save()
        for state in self._states.values():
            state.warn_of_loss(_warn)

    def _load(self) -> bool:
        gc.disable()  # it would look through all that was loaded again and again, and free nothing
        for name, state in self._states.items():
            try:
                state.load(self._hook)
            except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
                self._write({"fatal": f"{name}.json cannot be read: {error}"})
                return False
        gc.freeze()
        gc.enable()
        self._write({"ready": True})
        return True

    def _handle(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            self._clock.set(message)
            return
        task = asyncio.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: dict[str, Any]) -> None:
        service, body = message["service"], message["body"].encode("utf-8", "surrogateescape")
        try:
            status, headers, answer = await self._handlers[service](
                message["method"], message["path"], message["headers"], body, message["query"]
            )
        except Exception as error:  # noqa: BLE001 - a defect of one operation must not end the others
            status, headers, answer = (
                500,
                {},
                json.dumps({"__type": "InternalFailure", "message": repr(error)}),
            )
        text = answer.decode("utf-8", "surrogateescape") if isinstance(answer, bytes) else answer
        self._note_change(service, message["headers"], text)
        self._write({"id": message["id"], "status": status, "headers": headers, "body": text})

    async def _find_delay(
        self, _method: str, _path: str, _headers: dict[str, str], body: bytes, _query: object
    ) -> tuple[int, dict[str, str], str]:
        """Return when the next message of a queue is visible that is delayed or to come again."""
        now, name = self._clock.time(), body.decode()
        due = [
            math.ceil(message["visible_at"])
            for queue in self._queues.all_values()
            if queue["name"] == name
            for message in queue["messages"]
            if message["visible_at"] > now and message["receive_count"] <= MAX_RECEIVES
        ]
        return 200, {}, str(min(due)) if due else ""

    async def _find_open_tasks(
        self, _method: str, _path: str, _headers: dict[str, str], body: bytes, _query: object
    ) -> tuple[int, dict[str, str], str]:
        """Return the first minutes with open tasks."""
        asked = json.loads(body)
        items: dict[str, Rows] = next(
            (table["items"] for key, table in self._tables.all_items() if key[-1] == asked["table"]), {}
        )
        return 200, {}, json.dumps(self._open_minutes[asked["table"]].find(items, asked["minutes"]))

    def _note_change(self, service: str, headers: dict[str, str], answer: str) -> None:
        if service not in self._states:
            return
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        is_read = action.startswith(READS) or (action == "ReceiveMessage" and '"Messages"' not in answer)
        self._states[service].changed |= not is_read

    async def _save_again_and_again(self) -> None:
        pause = SAVE_SECONDS
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            self._save()
            pause = max(SAVE_SECONDS, SAVING_SHARE * (time.monotonic() - began))

    def _save(self) -> None:
        for state in self._states.values():
            state.try_to_save(_warn)

    def _write(self, message: dict[str, Any]) -> None:
        self._output.write(json.dumps(message) + "\n")
        self._output.flush()


def _warn(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> None:
    """Serve with standard output alone for answers: ministack prints to standard error."""
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    asyncio.run(Program(folder, output).run())


if __name__ == "__main__":
    main()
