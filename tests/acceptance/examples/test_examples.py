"""The programs in `examples` schedule and cancel tasks, in every language."""

import json
from datetime import timedelta

import pytest

from tests.acceptance.examples.conftest import HOUR_SECONDS, MACHINE, arn_of, start_task
from tests.acceptance.examples.languages import Language, Program, execute
from tests.acceptance.steps import Call, wait_for_end

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("examples")]


def test_program_passes_the_checks_of_its_language(language: Language) -> None:
    """The tools check form and code, and print nothing."""
    for check in language.checks:
        found = execute(*check)
        assert (found.code, found.out, found.err) == (0, "", "")


def test_program_without_options_starts_the_original_task(
    program: Program, call: Call, here: dict[str, str]
) -> None:
    """The task waits for eleven seconds."""
    answer = program(**here)
    assert (answer.code, answer.err) == (0, "")
    task = call("describe_execution", executionArn=answer.out.split()[0])
    assert json.loads(task["input"]) == {"expirydate": 11, "a": 1233333}


def test_function_is_called_with_the_payload_at_the_due_time(
    program: Program, call: Call, here: dict[str, str], nowhere: str, key: str
) -> None:
    """The task is found by its key. The service's own endpoint variable wins over the general one."""
    endpoints = {"AWS_ENDPOINT_URL": nowhere, "AWS_ENDPOINT_URL_SFN": here["AWS_ENDPOINT_URL"]}
    payload = '{ "name": "Zoë <3", "amount": 9007199254740991, "paid": null }'
    answer = program.schedule(payload, 1, *program.named(key), **(here | endpoints))
    assert answer.code == 0, answer.err
    task = wait_for_end(call, arn_of(key))
    assert json.loads(task["output"])["received"] == {**json.loads(payload), "expirydate": 1}
    assert task["stopDate"] - task["startDate"] >= timedelta(seconds=1)


def test_payload_may_be_empty_and_delay_zero(program: Program, call: Call, here: dict[str, str]) -> None:
    """The function is then called at once, with the delay alone."""
    answer = program.schedule("{}", 0, **here)
    assert wait_for_end(call, answer.out.split()[0])["input"] == '{"expirydate":0}'


def test_state_machine_arn_may_have_an_alias(
    program: Program, call: Call, here: dict[str, str], key: str
) -> None:
    """A stack's ARN has one. The alias starts tasks, and the ARN of a task has none."""
    there = here | {"DELAY_STATE_MACHINE_ARN": f"{MACHINE}:live"}
    answer = program.schedule("{}", HOUR_SECONDS, *program.named(key), **there)
    assert answer.out.split()[0] == arn_of(key), answer.err
    assert call("describe_execution", executionArn=arn_of(key))["stateMachineAliasArn"] == f"{MACHINE}:live"


def test_error_is_printed_on_one_line(program: Program, call: Call, here: dict[str, str], key: str) -> None:
    """A taken key is reported with Step Functions' own error."""
    start_task(call, key)
    answer = program(*program.named(key), **here)
    (line,) = answer.err.splitlines()
    assert "ExecutionAlreadyExists" in line
    assert (answer.code, answer.out) == (1, "")


def test_unreachable_endpoint_is_reported(program: Program, nowhere: str) -> None:
    """The message is one line and names the address."""
    answer = program(DELAY_STATE_MACHINE_ARN=MACHINE, AWS_ENDPOINT_URL=nowhere)
    (line,) = answer.err.splitlines()
    assert nowhere.removeprefix("http://") in line
    assert (answer.code, answer.out) == (1, "")


def test_program_without_an_endpoint_calls_aws(program: Program) -> None:
    """The Region is that of the state machine. This one does not exist, so no server is reached."""
    answer = program(DELAY_STATE_MACHINE_ARN=MACHINE.replace("us-east-1", "nowhere-1"))
    assert "states.nowhere-1.amazonaws.com" in answer.err
    assert (answer.code, answer.out) == (1, "")


@pytest.mark.parametrize(
    ("payload", "after"),
    [
        ("[1]", 1),
        ("null", 1),
        ('"text"', 1),
        ('{"expirydate": 1}', 1),
        ("{}", -1),
        ("{}", 1.5),
        ("{}", 364 * 24 * HOUR_SECONDS + 1),
        ("{}", "soon"),
        ("{}", ""),
    ],
)
def test_invalid_task_is_not_sent(program: Program, nowhere: str, payload: str, after: object) -> None:
    """The exit code is 2; an unanswered request would give 1."""
    answer = program.schedule(payload, after, DELAY_STATE_MACHINE_ARN=MACHINE, AWS_ENDPOINT_URL=nowhere)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


@pytest.mark.parametrize("arn", ["", "DelayStateMachine"])
def test_state_machine_without_a_valid_arn_is_refused(program: Program, nowhere: str, arn: str) -> None:
    """The message names the variable."""
    answer = program(DELAY_STATE_MACHINE_ARN=arn, AWS_ENDPOINT_URL=nowhere)
    assert (answer.code, answer.out) == (2, "")
    assert "(DELAY_STATE_MACHINE_ARN), got" in answer.err


def test_unknown_option_is_refused(program: Program, nowhere: str) -> None:
    """So is a superfluous argument, and a cancellation without a key."""
    variables = {"DELAY_STATE_MACHINE_ARN": MACHINE, "AWS_ENDPOINT_URL": nowhere}
    for wrong in ("-x", "now", program.options.cancel):
        assert program(wrong, **variables).code == 2
