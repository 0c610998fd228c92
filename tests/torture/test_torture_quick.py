"""Scenarios of the torture at their smallest: those that the quick tests of other folders have not."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.torture import (
    bodies,
    clients,
    clocks,
    hosts,
    kills,
    pages,
    retention,
    workers,
)
from tests.torture.test_torture import SEED, has_passed

pytestmark = [
    pytest.mark.usefixtures("unmeasured"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]


async def test_one_kill_9_loses_no_acknowledged_task(tmp_path: Path, console: Console) -> None:
    """The endpoint is killed once over 20 tasks."""
    assert has_passed(await kills.torture(tmp_path / "r", 20, 1, SEED, console, longest_delay_seconds=1))


async def test_one_killed_worker_costs_a_retry_and_no_task(tmp_path: Path, console: Console) -> None:
    """The definition's Retry repeats the call."""
    assert has_passed(await workers.torture(tmp_path, 1, SEED, console))


async def test_wall_clock_changed_twice_makes_no_task_early(tmp_path: Path, console: Console) -> None:
    """The endpoint is not restarted."""
    assert has_passed(await clocks.torture(tmp_path, 20, 2, SEED, console))


async def test_two_rounds_of_careless_clients_do_not_disturb_others(tmp_path: Path, console: Console) -> None:
    """Ten clients disconnect in the middle of a request; another sends ten megabytes."""
    assert has_passed(await clients.torture(tmp_path / "r", 2, SEED, console))


async def test_some_pages_run_nothing(tmp_path: Path, console: Console) -> None:
    """Programs and an allowed page are served beside them."""
    assert has_passed(await pages.torture(tmp_path, 60, SEED, console))


async def test_only_hosts_that_the_page_on_security_names_are_served_among_some(
    tmp_path: Path, console: Console
) -> None:
    """The requests go to all listeners."""
    assert has_passed(await hosts.torture(tmp_path, 200, SEED, console))


async def test_clock_wrong_by_months_deletes_nothing_early_in_a_few_lives(
    tmp_path: Path, console: Console
) -> None:
    """Time is skipped, and the endpoint killed meanwhile."""
    assert has_passed(await retention.torture(tmp_path, 8, SEED, console))


@pytest.fixture
def logging_enabled() -> Iterator[None]:
    """Enable logging afterwards: the judge, elsewhere in its own process, disables it."""
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("logging_enabled")
def test_each_of_some_bodies_gets_an_answer_of_aws() -> None:
    """A few dozen bodies are generated."""
    judge = bodies.judge_seed(SEED, examples=10)
    assert judge.sent
    assert not judge.faults
