"""The torture at small size; `make torture` runs it at full size."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.torture import bodies, clients, clock, kills, workers
from tests.torture.history import find_faults
from tests.torture.machines import Task
from tests.torture.outcome import Outcome

SEED = 20261124

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run processes at full speed, without coverage, which other tests measure."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def console() -> Console:
    return Console()


def has_passed(outcome: Outcome) -> bool:
    """Print the outcome of a scenario, and return whether it has no faults."""
    print(outcome)  # noqa: T201 - pytest shows it if the test fails
    return not outcome.faults


async def test_kill_9_loses_no_acknowledged_task(tmp_path: Path, console: Console) -> None:
    """The endpoint is killed three times over 700 tasks; no task is lost, early or repeated."""
    outcome = await kills.torture(tmp_path / "r", 700, 3, SEED, console, longest_delay_seconds=3)
    assert has_passed(outcome)


async def test_killed_worker_costs_a_retry_and_no_task(tmp_path: Path, console: Console) -> None:
    """The definition's Retry repeats the call."""
    assert has_passed(await workers.torture(tmp_path, 4, SEED, console))


async def test_changed_wall_clock_makes_no_task_early(tmp_path: Path, console: Console) -> None:
    """The clock is set back and forward, with restarts."""
    assert has_passed(await clock.torture(tmp_path, 400, 12, SEED, console))


async def test_careless_clients_do_not_disturb_others(tmp_path: Path, console: Console) -> None:
    """Ten clients repeatedly disconnect in the middle of a request; others send ten megabytes."""
    assert has_passed(await clients.torture(tmp_path / "r", 20, SEED, console))


def test_every_body_gets_an_answer_of_aws(console: Console) -> None:
    """More than a thousand bodies are generated."""
    assert has_passed(bodies.torture(1_300, SEED, console))


def event(number: int, kind: str, at: float = 0.0) -> dict[str, object]:
    return {
        "id": number,
        "previousEventId": number - 1,
        "type": kind,
        "timestamp": at,
        "stateEnteredEventDetails": {"input": '{"expirydate": 2}'},
    }


RIGHT = [
    event(number, kind, at)
    for number, (kind, at) in enumerate(
        [
            ("ExecutionStarted", 0.0),
            ("WaitStateEntered", 0.0),
            ("WaitStateExited", 2.0),
            ("TaskStateEntered", 2.0),
            ("TaskScheduled", 2.0),
            ("TaskStateExited", 2.0),
            ("ExecutionSucceeded", 2.0),
        ],
        1,
    )
]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda events: events, None),
        (lambda events: events[:-1], "0 times ExecutionSucceeded"),
        (lambda events: [*events[:3], event(4, "WaitStateExited"), *events[3:]], "2 times WaitStateExited"),
        (lambda events: [*events[:2], events[2] | {"timestamp": 1.999}, *events[3:]], "0.001 s early"),
        (lambda events: events[:4] + events[5:], "events are numbered [1, 2, 3, 4, 6, 7]"),
    ],
)
def test_history_check_finds_each_fault(
    change: Callable[[list[dict[str, object]]], list[dict[str, object]]], expected: str | None
) -> None:
    """A correct history has no faults."""
    found = list(find_faults(Task("t", 2), change(RIGHT)))
    assert any(expected in fault for fault in found) if expected else not found
