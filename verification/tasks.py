"""Tasks of a stack, as a person at a shell schedules and looks after them: by `delay`."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from delay.cli.errors import ExitCode
from verification.commands import Commands
from verification.errors import NotAsExpected


@dataclass(frozen=True, slots=True)
class Tasks:
    """Runs `delay` for a stack. `patience_seconds` is how long a failure may take into the queue."""

    commands: Commands
    stack_name: str
    patience_seconds: float = 30
    soon: str = "1s"
    """When a task is due that is to be called soon: once a release that was made just now is in force."""

    def at(self, states_url: str) -> "Tasks":
        """Return the same tasks, in another Step Functions."""
        return replace(self, commands=self.commands.with_variables(AWS_ENDPOINT_URL_SFN=states_url))

    def schedule(self, key: str, after: str | None = None) -> None:
        """Schedule a task."""
        self._delay("schedule", '{"rehearsal": true}', "--in", after or self.soon, "--key", key)

    def succeed(self, key: str) -> None:
        """Wait for the end of a task that must succeed."""
        ended = json.loads(self._delay("wait", key, "--timeout", "2m", "--json"))
        _expect(ended["output"] is not None, f"The task {key} has no output: {ended}")

    def fail(self, key: str) -> None:
        """Wait for the end of a task that must fail."""
        self._delay("wait", key, "--timeout", "2m", code=ExitCode.NOT_SUCCEEDED)

    def cancel(self, key: str) -> None:
        """Cancel a task that waits, and see that its function was not called."""
        self._delay("cancel", key)
        history = self._delay("history", key)
        _expect("TaskScheduled" not in history, f"The cancelled task {key} was called:\n{history}")

    def await_in_queue(self, key: str) -> None:
        """Wait until the failure of a task lies in the dead-letter queue."""
        deadline = time.monotonic() + self.patience_seconds
        while time.monotonic() < deadline:
            if key in {letter["key"] for letter in self._letters("--dry-run")}:
                return
        raise NotAsExpected(
            f"The failure of {key} is not in the dead-letter queue after {self.patience_seconds:g} s."
        )

    def redrive_from_queue(self, key: str) -> None:
        """Redrive what lies in the queue, and see that the task was and that nothing is left."""
        outcomes = [(letter["key"], letter["outcome"]) for letter in self._letters()]
        # EventBridge may have told the failure twice.
        _expect((key, "REDRIVEN") in outcomes, f"Of the queue came {outcomes}, without {key}.")
        left = self._letters("--dry-run")
        _expect(not left, f"In the queue is left: {left}")

    def must_not_empty_the_queue(self, state_machine_arn: str, queue_url: str) -> None:
        """See that the queue is closed to whoever runs the commands."""
        complaint = self.commands.complaint(
            *("delay", "redrive", "--from-queue", "--dry-run"),
            *("--state-machine-arn", state_machine_arn, "--queue-url", queue_url),
            code=ExitCode.ERROR,
        )
        _expect(
            "lack the IAM action sqs:" in complaint, f"The queue is closed for another reason: {complaint}"
        )

    def _letters(self, *options: str) -> list[dict[str, Any]]:
        lines = self._delay("redrive", "--from-queue", "--json", *options).splitlines()
        return [json.loads(line) for line in lines]

    def _delay(self, *arguments: str, code: int = 0) -> str:
        return self.commands.run("delay", *arguments, "--stack-name", self.stack_name, code=code)


def _expect(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not is_so:
        raise NotAsExpected(otherwise)
