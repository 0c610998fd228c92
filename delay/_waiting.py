"""Waits for the end of a task without polling often."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from delay.clock import Clock
from delay.errors import StillOpen
from delay.task import Status, Task
from delay.text.duration import format_given

_SHORTEST_SLEEP_SECONDS: Final = 60.0
_LONGEST_SLEEP_SECONDS: Final = 3600.0
_SLEEP_SHARE: Final = 0.1
"""A waiting task is polled after a tenth of the time left, because it may be rescheduled or cancelled."""

_FIRST_POLL_SECONDS: Final = 0.25
_LONGEST_POLL_SECONDS: Final = 10.0
_GROWTH: Final = 1.5


def wait_for_end(
    get_task: Callable[[], Task],
    clock: Clock,
    timeout: timedelta | None = None,
    watch: Callable[[Task], object] | None = None,
) -> Task:
    """Poll a task until it has ended, and return it. Each poll's task is passed to `watch`.

    Raises:
        StillOpen: it did not end within the timeout.

    """
    deadline = None if timeout is None else clock.monotonic() + timeout.total_seconds()
    poll_seconds = _FIRST_POLL_SECONDS
    while (task := get_task()).status.is_open:
        if watch:
            watch(task)
        left_seconds = float("inf") if deadline is None else deadline - clock.monotonic()
        if timeout is not None and left_seconds <= 0:
            raise StillOpen(
                f"The task {task.key!r} has not ended within {format_given(timeout)}: it is {task.status}."
            )
        if task.status is Status.WAITING:
            pause_seconds = _compute_pause_seconds(task, clock)
            poll_seconds = _FIRST_POLL_SECONDS
        else:
            pause_seconds = poll_seconds
            poll_seconds = min(poll_seconds * _GROWTH, _LONGEST_POLL_SECONDS)
        clock.sleep(min(pause_seconds, left_seconds))
    return task


def _compute_pause_seconds(task: Task, clock: Clock) -> float:
    left_seconds = (task.due - clock.now()).total_seconds() if task.due else 0.0
    share_seconds = min(max(left_seconds * _SLEEP_SHARE, _SHORTEST_SLEEP_SECONDS), _LONGEST_SLEEP_SECONDS)
    # At the due time itself the function cannot have returned yet.
    return min(max(left_seconds, 0.0) + _FIRST_POLL_SECONDS, share_seconds)
