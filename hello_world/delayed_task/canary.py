"""The canary: a task without work that the stack itself schedules, to prove that tasks are called."""

from collections.abc import Mapping
from typing import Final

MARK: Final = "delayed-tasks-canary"
"""The only member of a canary's payload, and the beginning of its key: CanarySchedule in template.yaml."""

RESULT: Final = {"canary": "sings"}
"""The output of a canary's execution."""


def is_canary(event: object) -> bool:
    """Whether the stack's canary called. A payload with any other member is a task of yours."""
    return isinstance(event, Mapping) and event.keys() == {"expirydate", MARK}
