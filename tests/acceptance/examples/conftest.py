"""The programs of all languages, and one local endpoint for them."""

import json
import socket
from collections.abc import Iterator

import pytest

from delay import Delay
from tests.acceptance.command import running
from tests.acceptance.examples.languages import LANGUAGES, Language, Program
from tests.acceptance.steps import Call, make_client, with_boto3

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
    """Return variables that point a program at the local endpoint."""
    return {"DELAY_STATE_MACHINE_ARN": MACHINE, "AWS_ENDPOINT_URL": local}


@pytest.fixture
def call(local: str) -> Call:
    return with_boto3(local)


@pytest.fixture
def delay(local: str) -> Delay:
    """Return the Python client, for the same state machine."""
    return Delay(MACHINE, make_client(local))


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[Program]:
    """Return the programs of all languages that this computer has."""
    present = [language for language in LANGUAGES.values() if not language.lacks]
    return [Program(each.build(tmp_path_factory.mktemp("programs")), each.options) for each in present]


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
    """Return the ARN of a task. It follows from the key, without a table."""
    return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{key}"


def start_task(call: Call, key: str) -> str:
    """Start a task that waits for an hour, without the program, and return its ARN."""
    given = json.dumps({"expirydate": HOUR_SECONDS})
    arn: str = call("start_execution", stateMachineArn=MACHINE, name=key, input=given)["executionArn"]
    return arn


def list_open(call: Call, key: str) -> list[str]:
    """Return the names of a key's open executions."""
    listed = call("list_executions", stateMachineArn=MACHINE, statusFilter="RUNNING")["executions"]
    return [each["name"] for each in listed if each["name"].split("--g")[0] == key]
