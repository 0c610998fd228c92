"""A program in JavaScript cancels a task that the Python client has rescheduled. The slow sibling has all."""

from datetime import timedelta

import pytest

from delay import Delay, Status
from tests.acceptance.examples.conftest import HOUR_SECONDS, MACHINE, list_open, start_task
from tests.acceptance.examples.languages import Program
from tests.acceptance.steps import Call

pytestmark = pytest.mark.xdist_group("examples")


@pytest.mark.parametrize("language", ["javascript"], indirect=True)
def test_task_is_cancelled_by_a_program(program: Program, call: Call, here: dict[str, str], key: str) -> None:
    """Its error distinguishes it from a failed task. An alias is no part of its ARN."""
    task = start_task(call, key)
    assert program.cancel(key, **here | {"DELAY_STATE_MACHINE_ARN": f"{MACHINE}:live"}).out == "ABORTED\n"
    described = call("describe_execution", executionArn=task)
    assert (described["status"], described["error"]) == ("ABORTED", "Delay.Cancelled")


@pytest.mark.parametrize("language", ["javascript"], indirect=True)
def test_rescheduled_task_is_cancelled_by_a_program(
    program: Program, delay: Delay, call: Call, here: dict[str, str], key: str
) -> None:
    """It is another execution then, under another name."""
    assert program.schedule("{}", HOUR_SECONDS, *program.named(key), **here).code == 0
    assert delay.reschedule(key, after=timedelta(hours=2)).generation == 2
    assert program.cancel(key, **here).out == "ABORTED\n"
    assert (list_open(call, key), delay.get(key).status) == ([], Status.CANCELLED)


@pytest.mark.parametrize("language", ["javascript"], indirect=True)
def test_key_that_cannot_be_rescheduled_is_refused(program: Program, here: dict[str, str]) -> None:
    """A longer one has no room for a generation's suffix, and a suffix names another task's generation."""
    for key in ("k" * 71, "order-17--g2-g1d"):
        ended = program.schedule("{}", 1, *program.named(key), **here)
        assert (ended.code, ended.out) == (2, "")
        assert "a key has at most 70 characters" in ended.err
