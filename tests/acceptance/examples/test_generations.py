"""The programs in `examples` cancel a task by its key, whichever client has rescheduled it."""

import json
import random
from datetime import timedelta

import pytest

from delay import Delay, Status
from tests.acceptance.examples.conftest import HOUR_SECONDS, MACHINE, arn_of, list_open, start_task
from tests.acceptance.examples.languages import Program
from tests.acceptance.steps import Call, wait_for_end

# The AWS CLI takes a second for each call of the shell program, and a key takes many.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("examples")]

HOUR = timedelta(hours=1)


def test_task_is_cancelled_by_its_key(program: Program, call: Call, here: dict[str, str], key: str) -> None:
    """Its error distinguishes it from a failed task. An alias is no part of its ARN."""
    task = start_task(call, key)
    assert program.cancel(key, **here | {"DELAY_STATE_MACHINE_ARN": f"{MACHINE}:live"}).out == "ABORTED\n"
    described = call("describe_execution", executionArn=task)
    assert (described["status"], described["error"]) == ("ABORTED", "Delay.Cancelled")


def test_rescheduled_task_is_cancelled(
    program: Program, delay: Delay, call: Call, here: dict[str, str], key: str
) -> None:
    """It is another execution then, under another name."""
    assert program.schedule("{}", HOUR_SECONDS, *program.named(key), **here).code == 0
    delay.reschedule(key, after=2 * HOUR)
    delay.reschedule(key, after=3 * HOUR)
    ended = program.cancel(key, **here)
    assert (ended.code, ended.out, ended.err) == (0, "ABORTED\n", "")
    assert list_open(call, key) == []
    assert (delay.get(key).status, delay.get(key).generation) == (Status.CANCELLED, 3)


def test_interrupted_reschedule_is_cancelled(
    program: Program, delay: Delay, call: Call, here: dict[str, str], key: str
) -> None:
    """Both generations wait then, and neither is called."""
    start_task(call, key)
    moved = delay.reschedule(key, after=HOUR)
    third = moved.arn.rpartition(":")[2].replace("--g2-", "--g3-")
    given = json.dumps({"expirydate": 2 * HOUR_SECONDS})
    call("start_execution", stateMachineArn=MACHINE, name=third, input=given)
    assert len(list_open(call, key)) == 2
    assert program.cancel(key, **here).out == "ABORTED\n"
    assert list_open(call, key) == []
    assert delay.get(key).status is Status.CANCELLED


def test_cancelled_task_stays_cancelled(
    program: Program, delay: Delay, call: Call, here: dict[str, str], key: str
) -> None:
    """A second cancellation changes nothing."""
    start_task(call, key)
    delay.cancel(key)
    assert program.cancel(key, **here).out == "ABORTED\n"
    assert delay.get(key).status is Status.CANCELLED


def test_called_task_is_too_late_to_cancel(
    program: Program, delay: Delay, call: Call, here: dict[str, str], key: str
) -> None:
    """The error names the execution and its status, and nothing is stopped."""
    start_task(call, key)
    called = delay.reschedule(key, after=timedelta(0))
    wait_for_end(call, called.arn)
    ended = program.cancel(key, **here)
    assert (ended.code, ended.out) == (1, "")
    assert f"{called.arn} is SUCCEEDED, and its function has been called" in ended.err
    assert delay.get(key).status is Status.SUCCEEDED


def test_missing_task_is_reported(program: Program, here: dict[str, str], key: str) -> None:
    """The error is Step Functions' own."""
    ended = program.cancel(key, **here)
    assert (ended.code, ended.out) == (1, "")
    assert "ExecutionDoesNotExist" in ended.err


@pytest.mark.parametrize("seed", range(3))
def test_clients_of_all_languages_agree(
    seed: int, programs: list[Program], delay: Delay, call: Call, here: dict[str, str]
) -> None:
    """One schedules, the Python client reschedules several times, and another cancels."""
    random_ = random.Random(seed)
    key, moves = f"order-of-seed-{seed}", random_.randrange(5)
    first, last = random_.choice(programs), random_.choice(programs)
    assert first.schedule('{"a": 1}', HOUR_SECONDS, *first.named(key), **here).code == 0
    for number in range(moves):
        assert delay.reschedule(key, after=(number + 2) * HOUR).generation == number + 2
    assert last.cancel(key, **here).out == "ABORTED\n"
    assert list_open(call, key) == []
    task = delay.get(key)
    assert (task.status, task.generation, task.payload) == (Status.CANCELLED, moves + 1, {"a": 1})
    assert "ExecutionAlreadyExists" in first.schedule("{}", 1, *first.named(key), **here).err
    assert arn_of(key) in call("describe_execution", executionArn=arn_of(key))["executionArn"]
