"""A command finds the state machine in its options or the environment, or says how to name one."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, Running, run, running
from tests.acceptance.shell.local import Shell
from tests.acceptance.steps import with_boto3
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

ELSEWHERE = "arn:aws:states:eu-west-1:123456789012:stateMachine:Orders"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Running]:
    with running("stepfunctions-local", "--port", "0", "--in-memory", folder=tmp_path) as started:
        yield started


@pytest.fixture
def nowhere() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def local(endpoint: Running, *arguments: str) -> Ended:
    """Run `delay` on the test's own endpoint."""
    return run("delay", *arguments, "--local", "--endpoint-url", endpoint.urls[0])


def create(endpoint: Running, name: str) -> str:
    """Create a state machine, and return its ARN."""
    call = with_boto3(endpoint.urls[0])
    arn: str = call("create_state_machine", name=name, definition=WAIT_AND_PASS, roleArn=ROLE)[
        "stateMachineArn"
    ]
    return arn


def test_only_state_machine_of_the_endpoint_is_the_default(endpoint: Running) -> None:
    """Of several, the default is the template's. Without it, the error lists all."""
    ended = local(endpoint, "list")
    assert ended.code == 1
    assert "has no state machine: `sam build && delay local` serves those of a template" in ended.err
    orders = create(endpoint, "Orders")
    assert local(endpoint, "list").code == 0
    parcels = create(endpoint, "Parcels")
    ended = local(endpoint, "list")
    assert ended.code == 1
    assert orders in ended.err
    assert parcels in ended.err
    assert local(endpoint, "list", "--state-machine-arn", orders).code == 0
    create(endpoint, "DelayStateMachine")
    scheduled = local(endpoint, "schedule", "{}", "--in", "7d", "--json")
    assert ":execution:DelayStateMachine:" in json.loads(scheduled.out)["arn"]


def test_due_times_follow_the_clock_of_the_endpoint(endpoint: Running) -> None:
    """The clock may have been skipped, and a given time refers to it. The delay counts from the start."""
    create(endpoint, "DelayStateMachine")
    run("delay", "clock", "skip", "30d", "--endpoint-url", endpoint.urls[0])
    assert "(in 2h)" in local(endpoint, "schedule", "{}", "--in", "2h").out
    there = json.loads(run("delay", "clock", "show", "--json", "--endpoint-url", endpoint.urls[0]).out)["now"]
    wanted = datetime.fromisoformat(there).replace(microsecond=0) + timedelta(days=1)
    began = datetime.now(UTC)
    scheduled = json.loads(local(endpoint, "schedule", "{}", "--at", wanted.isoformat(), "--json").out)
    sent = datetime.now(UTC) - began
    assert timedelta(0) <= datetime.fromisoformat(scheduled["due"]) - wanted < timedelta(seconds=1) + sent


def test_environment_names_the_state_machine(shell: Shell) -> None:
    """An option wins over the environment."""
    here = ("delay", "list", "--prefix", "nonsense", "--endpoint-url", shell.url)
    assert run(*here, DELAY_LOCAL="1").code == 0
    assert run(*here, DELAY_LOCAL="1", DELAY_STATE_MACHINE_ARN=ELSEWHERE).code == 1
    assert run(*here, "--local", DELAY_STATE_MACHINE_ARN=ELSEWHERE).code == 0


def test_endpoint_in_the_environment_is_used_by_boto3(shell: Shell) -> None:
    """Credentials and Region come from the environment, as with the AWS CLI."""
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"
    ended = run("delay", "show", "a", AWS_ENDPOINT_URL_SFN=shell.url, DELAY_STATE_MACHINE_ARN=machine)
    assert (ended.code, ended.out) == (3, "")


def test_unreachable_local_endpoint_is_reported_with_its_command(nowhere: str) -> None:
    """The message is one line."""
    ended = run("delay", "list", "--local", "--endpoint-url", nowhere)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        f"Error: Nothing answers at {nowhere}, the value of --endpoint-url: "
        f"start it with `delay local --port {nowhere.rpartition(':')[2]}`, "
        "or name another endpoint with --endpoint-url or AWS_ENDPOINT_URL_SFN.\n"
    )


def test_unreachable_aws_is_reported(nowhere: str) -> None:
    """The message is one line, and --debug adds the traceback."""
    arguments = ("delay", "list", "--state-machine-arn", ELSEWHERE, "--endpoint-url", nowhere)
    ended = run(*arguments, AWS_MAX_ATTEMPTS="1")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Error: states:ListExecutions got no answer: ")
    assert len(ended.err.splitlines()) == 1
    debugged = run(*arguments, "--debug", AWS_MAX_ATTEMPTS="1")
    assert debugged.code == 1
    assert "Traceback (most recent call last):" in debugged.err
    assert debugged.err.splitlines()[-1] == ended.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "Say where the tasks wait: --stack-name, --state-machine-arn, --table-arn or --local"),
        (("--local", "--stack-name", "orders"), 2, "leave the other options out"),
        (("--state-machine-arn", "Orders"), 2, "'Orders' is not the ARN of a state machine"),
        (("--state-machine-arn", ELSEWHERE, "--region", "us-east-1"), 2, "is in eu-west-1, not in us-east-1"),
        (("--local", "--endpoint-url", "127.0.0.1:8083"), 2, "is not a URL that begins with http://"),
        (
            ("--stack-name", "orders", "--profile", "nonsense"),
            1,
            "The config profile (nonsense) could not be found",
        ),
    ],
)
def test_contradictory_options_are_refused(arguments: tuple[str, ...], code: int, says: str) -> None:
    """The last line says what is allowed."""
    ended = run("delay", "list", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert says in ended.err.splitlines()[-1]
