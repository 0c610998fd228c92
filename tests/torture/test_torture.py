"""The torture at small size; `make torture` runs it at full size."""

import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.torture import (
    bodies,
    clients,
    clocks,
    descriptors,
    fairness,
    folders,
    hosts,
    imports,
    kills,
    pages,
    retention,
    workers,
)
from tests.torture.outcome import Outcome

SEED = 20261124

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("unmeasured"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]


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
    assert has_passed(await clocks.torture(tmp_path, 400, 12, SEED, console))


async def test_careless_clients_do_not_disturb_others(tmp_path: Path, console: Console) -> None:
    """Ten clients repeatedly disconnect in the middle of a request; others send ten megabytes."""
    assert has_passed(await clients.torture(tmp_path / "r", 20, SEED, console))


def test_every_body_gets_an_answer_of_aws(console: Console) -> None:
    """More than a thousand bodies are generated."""
    assert has_passed(bodies.torture(1_300, SEED, console))


async def test_pages_run_nothing(tmp_path: Path, console: Console) -> None:
    """Programs and an allowed page are served beside them."""
    assert has_passed(await pages.torture(tmp_path, 1_000, SEED, console))


async def test_only_hosts_that_the_page_on_security_names_are_served(
    tmp_path: Path, console: Console
) -> None:
    """In two thousand requests to all listeners."""
    assert has_passed(await hosts.torture(tmp_path, 2_000, SEED, console))


async def test_attacked_folder_loses_nothing_without_a_word(tmp_path: Path, console: Console) -> None:
    """Each attack is made once."""
    assert has_passed(await folders.torture(tmp_path, len(folders.ATTACKS), SEED, console))


async def test_crowd_beyond_the_descriptors_keeps_no_one_out(tmp_path: Path, console: Console) -> None:
    """Two endpoints get three crowds each."""
    assert has_passed(await descriptors.torture(tmp_path, 2, SEED, console))


async def test_greedy_programs_hold_up_no_others(tmp_path: Path, console: Console) -> None:
    """Each load is put on once."""
    assert has_passed(await fairness.torture(tmp_path, len(fairness.LOADS), SEED, console, seconds=1))


async def test_clock_wrong_by_months_deletes_nothing_early(tmp_path: Path, console: Console) -> None:
    """Time is skipped, and the endpoint killed meanwhile."""
    assert has_passed(await retention.torture(tmp_path, 60, SEED, console))


async def test_disturbed_import_schedules_each_line_once(tmp_path: Path, console: Console) -> None:
    """The command is killed, and a proxy loses requests and answers."""
    assert has_passed(await imports.torture(tmp_path, 3, SEED, console, lines=50))
