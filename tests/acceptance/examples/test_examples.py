"""The programs in `examples` schedule and cancel tasks, in each of their languages."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.command import REPOSITORY, running
from tests.acceptance.examples.languages import LANGUAGES, Language, Program, execute
from tests.acceptance.steps import Call, ended, with_boto3

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"
HOUR_SECONDS = 3600


@pytest.fixture(scope="session", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    chosen = LANGUAGES[request.param]
    if chosen.lacks:
        pytest.skip(chosen.lacks)
    return chosen


@pytest.fixture(scope="session")
def program(language: Language, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(language.build(tmp_path_factory.mktemp("program")), language.options)


@pytest.fixture(scope="session")
def local(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - it skips
    options = ("--port", "0", "--lambda-port", "0")
    with running("delay", "local", *options, folder=tmp_path_factory.mktemp("local")) as started:
        yield started.urls[0]


@pytest.fixture
def here(local: str) -> dict[str, str]:
    """Point a program at the local endpoint."""
    return {"DELAY_STATE_MACHINE_ARN": MACHINE, "AWS_ENDPOINT_URL": local}


@pytest.fixture
def call(local: str) -> Call:
    return with_boto3(local)


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    name: str = request.node.name
    return name.replace("[", "-").replace("]", "")


@pytest.fixture
def nowhere() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def arn_of(key: str) -> str:
    """Name the task of a key: no table is needed."""
    return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{key}"


def started(call: Call, key: str) -> str:
    """Start a task that waits for an hour, by other means; return its ARN."""
    given = json.dumps({"expirydate": HOUR_SECONDS})
    arn: str = call("start_execution", stateMachineArn=MACHINE, name=key, input=given)["executionArn"]
    return arn


def test_the_lock_of_javascript_names_every_package_and_no_registry() -> None:
    """Where packages come from is the machine's own business."""
    text = (REPOSITORY / "examples/javascript/package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert "://" not in text


def test_its_language_s_tools_find_no_fault_with_it(language: Language) -> None:
    """Neither with its form nor with what it says."""
    for check in language.checks:
        found = execute(*check)
        assert (found.code, found.out, found.err) == (0, "", "")


def test_without_options_it_starts_the_task_that_this_project_began_with(
    program: Program, call: Call, here: dict[str, str]
) -> None:
    """It waits for eleven seconds."""
    answer = program(**here)
    assert (answer.code, answer.err) == (0, "")
    task = call("describe_execution", executionArn=answer.out.split()[0])
    assert json.loads(task["input"]) == {"expirydate": 11, "a": 1233333}


def test_the_function_is_called_with_the_payload_when_the_task_is_due(
    program: Program, call: Call, here: dict[str, str], nowhere: str, key: str
) -> None:
    """The task is found by its key. The endpoint of the service itself wins over the one of all services."""
    endpoints = {"AWS_ENDPOINT_URL": nowhere, "AWS_ENDPOINT_URL_SFN": here["AWS_ENDPOINT_URL"]}
    payload = '{ "name": "Zoë <3", "amount": 9007199254740991, "paid": null }'
    answer = program.schedule(payload, 1, *program.named(key), **(here | endpoints))
    assert answer.code == 0, answer.err
    task = ended(call, arn_of(key))
    assert json.loads(task["output"])["received"] == {**json.loads(payload), "expirydate": 1}
    assert task["stopDate"] - task["startDate"] >= timedelta(seconds=1)


def test_a_payload_may_be_empty_and_a_delay_zero(program: Program, call: Call, here: dict[str, str]) -> None:
    """Then the function is called at once, with nothing else."""
    answer = program.schedule("{}", 0, **here)
    assert ended(call, answer.out.split()[0])["input"] == '{"expirydate":0}'


@pytest.mark.parametrize("language", ["go", "javascript"], indirect=True)
def test_it_says_when_the_task_is_due(program: Program, call: Call, here: dict[str, str]) -> None:
    """Behind its ARN, in UTC; but for the shell, whose `date` reckons otherwise on every system."""
    arn, _, _, _, due = program.schedule("{}", HOUR_SECONDS, **here).out.split()
    start: datetime = call("describe_execution", executionArn=arn)["startDate"]
    late = datetime.fromisoformat(due) - start.astimezone(UTC) - timedelta(seconds=HOUR_SECONDS)
    assert abs(late) < timedelta(seconds=1)


def test_a_task_is_cancelled_by_its_key(program: Program, call: Call, here: dict[str, str], key: str) -> None:
    """For a reason that tells it from a failure; the program prints the status that the task has then."""
    task = started(call, key)
    assert program.cancel(key, **here).out == "ABORTED\n"
    described = call("describe_execution", executionArn=task)
    assert (described["status"], described["error"]) == ("ABORTED", "Delay.Cancelled")


def test_a_stack_s_arn_ends_with_an_alias(
    program: Program, call: Call, here: dict[str, str], key: str
) -> None:
    """It is good for starting tasks. The ARN of a task has none, so that it is found all the same."""
    there = here | {"DELAY_STATE_MACHINE_ARN": f"{MACHINE}:live"}
    answer = program.schedule("{}", HOUR_SECONDS, *program.named(key), **there)
    assert answer.out.split()[0] == arn_of(key), answer.err
    assert call("describe_execution", executionArn=arn_of(key))["stateMachineAliasArn"] == f"{MACHINE}:live"
    assert program.cancel(key, **there).out == "ABORTED\n"


def test_an_error_is_told_in_one_line(program: Program, call: Call, here: dict[str, str], key: str) -> None:
    """As is a key that another task has, with Step Functions' own name for it."""
    started(call, key)
    answer = program(*program.named(key), **here)
    (line,) = answer.err.splitlines()
    assert "ExecutionAlreadyExists" in line
    assert (answer.code, answer.out) == (1, "")


def test_where_nothing_listens_it_says_so(program: Program, nowhere: str) -> None:
    """In one line that tells where it looked."""
    answer = program(DELAY_STATE_MACHINE_ARN=MACHINE, AWS_ENDPOINT_URL=nowhere)
    (line,) = answer.err.splitlines()
    assert nowhere.removeprefix("http://") in line
    assert (answer.code, answer.out) == (1, "")


def test_without_an_endpoint_it_goes_to_aws(program: Program) -> None:
    """In the Region of the state machine. Here that is one which there is not, so nobody gets to know."""
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
def test_what_cannot_be_scheduled_is_not_sent(
    program: Program, nowhere: str, payload: str, after: object
) -> None:
    """Exit code 2 says so; had it been sent, nobody would have answered."""
    answer = program.schedule(payload, after, DELAY_STATE_MACHINE_ARN=MACHINE, AWS_ENDPOINT_URL=nowhere)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


@pytest.mark.parametrize("arn", ["", "DelayStateMachine"])
def test_the_state_machine_is_named_by_its_arn(program: Program, nowhere: str, arn: str) -> None:
    """Where it is not, the message says where the program looked for it."""
    answer = program(DELAY_STATE_MACHINE_ARN=arn, AWS_ENDPOINT_URL=nowhere)
    assert (answer.code, answer.out) == (2, "")
    assert "(DELAY_STATE_MACHINE_ARN), got" in answer.err


def test_an_option_that_there_is_not_is_refused(program: Program, nowhere: str) -> None:
    """As is an argument too many, and a cancellation of no task in particular."""
    variables = {"DELAY_STATE_MACHINE_ARN": MACHINE, "AWS_ENDPOINT_URL": nowhere}
    for wrong in ("-x", "now", program.options.cancel):
        assert program(wrong, **variables).code == 2
