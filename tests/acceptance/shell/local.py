"""Runs `delay` on a local endpoint that the tests share."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.acceptance.command import REPOSITORY, Ended, run
from tests.acceptance.project import CALL, build, function, state_machine

WAIT = {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Call"}

WELL = {"function": "Echo", "payload": {"order": 42}}
"""The payload of a task whose function returns its input."""

BADLY = {"function": "Raising", "payload": {}}
"""The payload of a task whose function raises."""


def build_project(folder: Path) -> Path:
    """Build a project whose state machine waits, and then calls the function that the payload names."""
    definition = {"StartAt": "Wait", "States": {"Wait": WAIT, **CALL["States"]}}
    return build(
        folder,
        Echo=function("careless.echo"),
        Raising=function("careless.raising"),
        DelayStateMachine=state_machine(definition),
    )


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `delay` against an endpoint."""

    url: str

    def delay(self, *arguments: str, folder: Path = REPOSITORY, typed: str = "") -> Ended:
        """Run a command to its end."""
        options = ("--local", "--endpoint-url", self.url)
        return run("delay", *arguments, *options, folder=folder, typed=typed)

    def records(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command with --json, and return the objects that it prints, one a line."""
        ended = self.delay(*arguments, "--json")
        assert (ended.code, ended.err) == (0, "")
        return [json.loads(line) for line in ended.out.splitlines()]

    def record(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json, and return the one object that it prints."""
        (record,) = self.records(*arguments)
        return record

    def schedule(self, payload: object, delay: str, key: str | None = None) -> str:
        """Schedule a task, and return its key, which is a new one unless given."""
        chosen = key or f"task-{uuid4()}"
        ended = self.delay("schedule", json.dumps(payload), "--in", delay, "--key", chosen)
        assert ended.code == 0, ended.err
        return chosen
