"""Schedules and checks tasks of a stack with the command `delay`, as a person would at a shell."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from delay.cli.errors import ExitCode
from verification.commands import Commands
from verification.errors import NotAsExpected
from verification.watching import CANARY_PREFIX

Found = TypeVar("Found")

PAYLOAD: Final = '{"rehearsal": true}'


@dataclass(frozen=True, slots=True)
class Tasks:
    """Runs `delay` for a stack.

    `patience_seconds`: the time that a failure may take to reach the queue.
    `soon`: the delay of tasks to be called soon, yet after a release made just now is in force.
    `store`: where the tasks wait, `executions` or `table`.
    """

    commands: Commands
    stack_name: str
    patience_seconds: float = 30
    soon: str = "1s"
    store: str = "executions"

    def at(self, states_url: str) -> "Tasks":
        """Return the same tasks at another Step Functions endpoint."""
        return replace(self, commands=self.commands.with_variables(AWS_ENDPOINT_URL_SFN=states_url))

    def in_table(self) -> "Tasks":
        """Return the same with tasks that wait in the stack's table."""
        return replace(self, store="table")

    def schedule(self, key: str, after: str | None = None) -> None:
        """Schedule a task."""
        self._run_delay("schedule", PAYLOAD, "--in", after or self.soon, "--key", key)

    def schedule_at(self, key: str, second: int) -> None:
        """Schedule a task that is due at a time, in seconds since 1970."""
        moment = datetime.fromtimestamp(second, UTC).isoformat()
        self._run_delay("schedule", PAYLOAD, "--at", moment, "--key", key)

    def replace(self, key: str, payload: str) -> None:
        """Replace a waiting task by one of another payload that is due soon."""
        self._run_delay("schedule", payload, "--in", self.soon, "--key", key, "--replace")

    def move(self, key: str) -> None:
        """Move a waiting task, so that it is due soon."""
        self._run_delay("reschedule", key, "--in", self.soon)

    def require_listed(self, key: str, due_within: str) -> None:
        """Require that a task is among those due within a time."""
        lines = self._run_delay("list", "--due-within", due_within, "--json").splitlines()
        keys = [json.loads(line)["key"] for line in lines]
        _require(key in keys, f"Within {due_within} are due {keys}, without {key}.")

    def succeed(self, key: str, payload: str = PAYLOAD) -> None:
        """Wait for a task to end, and require that it succeeded with this payload."""
        self._await_success(key, payload)

    def succeed_in_time(self, key: str) -> None:
        """Require the same of a table's task, and that its call did not begin before it was due."""
        due = self._await_success(key, PAYLOAD)["due"]
        events = [json.loads(line) for line in self._run_delay("history", key, "--json").splitlines()]
        begun = [event["timestamp"] for event in events if event["type"] == "TaskStarted"]
        is_early = any(datetime.fromisoformat(at) < datetime.fromisoformat(due) for at in begun)
        _require(bool(begun) and not is_early, f"The task {key} is due {due}, and was called at {begun}.")

    def _await_success(self, key: str, payload: str) -> dict[str, Any]:
        ended: dict[str, Any] = json.loads(self._run_delay("wait", key, "--timeout", "2m", "--json"))
        _require(ended["output"] is not None, f"The task {key} has no output: {ended}")
        received = ended["output"]["received"]
        _require(
            json.loads(payload).items() <= received.items(), f"The task {key} was called with {received}."
        )
        return ended

    def await_canary(self) -> None:
        """Wait until a canary has succeeded, and require that the function answered it before its work."""
        key = self._await(self._find_canary, "No canary has succeeded")
        ended = json.loads(self._run_delay("wait", key, "--json"))
        _require(ended["output"] == {"canary": "sings"}, f"The canary reached the work: {ended}")

    def fail(self, key: str) -> None:
        """Wait for a task to end, and require that it failed."""
        self._run_delay("wait", key, "--timeout", "2m", code=ExitCode.NOT_SUCCEEDED)

    def cancel(self, key: str) -> None:
        """Cancel a waiting task, and require that its function was not called."""
        self._run_delay("cancel", key)
        history = self._run_delay("history", key)
        _require("TaskStarted" not in history, f"The cancelled task {key} was called:\n{history}")

    def await_in_queue(self, key: str) -> None:
        """Wait until the failure of a task is in the dead-letter queue."""
        self._await(
            lambda: key in {letter["key"] for letter in self._list_letters("--dry-run")},
            f"The failure of {key} is not in the dead-letter queue",
        )

    def redrive_from_queue(self, key: str) -> None:
        """Redrive all tasks in the queue; require `key` among them, and an empty queue afterwards."""
        outcomes = [(letter["key"], letter["outcome"]) for letter in self._list_letters()]
        # EventBridge may have delivered the failure twice.
        _require((key, "REDRIVEN") in outcomes, f"From the queue came {outcomes}, without {key}.")
        left = self._list_letters("--dry-run")
        _require(not left, f"Left in the queue: {left}")

    def require_drained(self) -> None:
        """Require that no task waits, runs or has failed, as before the deletion of a stack."""
        for command in (("export",), ("list", "--status", "OPEN", "--json")):
            left = self._run_delay(*command)
            _require(not left, f"Not drained: {left}")
        letters = self._list_letters("--dry-run")
        _require(not letters, f"Left in the queue: {letters}")

    def require_closed_queue(self, store_option: tuple[str, str], queue_url: str) -> None:
        """Require that the user of the commands has no right to a store's queue."""
        complaint = self.commands.run_failing(
            *("delay", "redrive", "--from-queue", "--dry-run"),
            *(*store_option, "--queue-url", queue_url),
            code=ExitCode.ERROR,
        )
        _require(
            "lack the IAM action sqs:" in complaint, f"The queue is closed for another reason: {complaint}"
        )

    def _await(self, find: Callable[[], Found], complaint: str) -> Found:
        """Call `find` until it returns something, and return that."""
        deadline = time.monotonic() + self.patience_seconds
        while time.monotonic() < deadline:
            if found := find():
                return found
        raise NotAsExpected(f"{complaint} after {self.patience_seconds:g} s.")

    def _find_canary(self) -> str:
        options = ("--status", "SUCCEEDED", "--prefix", CANARY_PREFIX, "--limit", "1", "--json")
        line = self._run_delay("list", *options)
        return str(json.loads(line)["key"]) if line else ""

    def _list_letters(self, *options: str) -> list[dict[str, Any]]:
        lines = self._run_delay("redrive", "--from-queue", "--json", *options).splitlines()
        return [json.loads(line) for line in lines]

    def _run_delay(self, *arguments: str, code: int = 0) -> str:
        place = ("--stack-name", self.stack_name, "--store", self.store)
        return self.commands.run("delay", *arguments, *place, code=code)


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise NotAsExpected(message)
