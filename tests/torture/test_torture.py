"""The torture at small size; `make torture` runs it at full size."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.torture import bodies, clients, clock, kills, workers
from tests.torture.history import faults
from tests.torture.machines import Task
from tests.torture.outcome import Outcome

SEED = 20261124

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have processes run as fast as they can: which lines they run, other tests measure."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def console() -> Console:
    return Console()


def passed(outcome: Outcome) -> bool:
    """Print what came of a scenario, for the one who looks at a failure, and say whether it is well."""
    print(outcome)  # noqa: T201 - pytest shows it where the test fails
    return not outcome.faults


async def test_kill_9_loses_no_acknowledged_task(tmp_path: Path, console: Console) -> None:
    """Nothing is lost, early, or done twice, while the endpoint is killed three times over 700 tasks."""
    outcome = await kills.torture(tmp_path / "r", 700, 3, SEED, console, longest_delay_seconds=3)
    assert passed(outcome)


async def test_killed_workers_cost_a_retry_and_no_task(tmp_path: Path, console: Console) -> None:
    """The definition's Retry calls again."""
    assert passed(await workers.torture(tmp_path, 4, SEED, console))


async def test_a_clock_that_is_set_makes_no_task_early(tmp_path: Path, console: Console) -> None:
    """Back and forward, with restarts."""
    assert passed(await clock.torture(tmp_path, 400, 12, SEED, console))


async def test_careless_clients_disturb_nobody(tmp_path: Path, console: Console) -> None:
    """Ten that go away in the middle of a request, again and again, and requests of ten megabytes."""
    assert passed(await clients.torture(tmp_path / "r", 20, SEED, console))


def test_no_body_gets_anything_but_an_answer_of_aws(console: Console) -> None:
    """Of some thousand generated ones."""
    assert passed(bodies.torture(1_300, SEED, console))


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
    ("change", "said"),
    [
        (lambda events: events, None),
        (lambda events: events[:-1], "0 times ExecutionSucceeded"),
        (lambda events: [*events[:3], event(4, "WaitStateExited"), *events[3:]], "2 times WaitStateExited"),
        (lambda events: [*events[:2], events[2] | {"timestamp": 1.999}, *events[3:]], "0.001 s early"),
        (lambda events: events[:4] + events[5:], "events are numbered [1, 2, 3, 4, 6, 7]"),
    ],
)
def test_the_torture_would_see_a_fault(
    change: Callable[[list[dict[str, object]]], list[dict[str, object]]], said: str | None
) -> None:
    """A judge that finds nothing wrong with anything would be no use."""
    found = list(faults(Task("t", 2), change(RIGHT)))
    assert any(said in fault for fault in found) if said else not found
