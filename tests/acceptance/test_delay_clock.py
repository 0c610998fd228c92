"""`delay clock` shows and skips the time of an endpoint in another process."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, Running, run, running
from tests.acceptance.project import build
from tests.acceptance.steps import Call, with_boto3
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

WEEK_SECONDS = 7 * 24 * 3600


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Running]:
    with running("stepfunctions-local", "--port", "0", folder=tmp_path) as started:
        yield started


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(
        "stepfunctions-local", "--port", "0", folder=tmp_path_factory.mktemp("untouched")
    ) as started:
        yield started


def clock(endpoint: Running, *arguments: str) -> Ended:
    """Run `delay clock` for the endpoint."""
    return run("delay", "clock", *arguments, "--endpoint-url", endpoint.urls[0])


def start(call: Call, seconds: int) -> str:
    """Start a waiting execution, and return its ARN."""
    machine = call("create_state_machine", name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    task = json.dumps({"expirydate": seconds})
    arn: str = call("start_execution", stateMachineArn=machine["stateMachineArn"], input=task)["executionArn"]
    return arn


def test_skipped_week_ends_the_wait(endpoint: Running) -> None:
    """The execution has succeeded when the command returns. The output counts it."""
    call = with_boto3(endpoint.urls[0])
    arn = start(call, WEEK_SECONDS)
    ended = clock(endpoint, "skip", "7d")
    assert (ended.code, ended.err) == (0, "")
    assert "7d ahead of the wall clock. 1 fired on the way.\n" in ended.out
    assert call("describe_execution", executionArn=arn)["status"] == "SUCCEEDED"


def test_skip_survives_a_restart(tmp_path: Path) -> None:
    """An endpoint restarted on its records keeps the skipped time."""
    for _ in range(2):
        with running("stepfunctions-local", "--port", "0", folder=tmp_path) as endpoint:
            skipped = json.loads(clock(endpoint, "skip", "1d", "--json").out)
    assert skipped["skipped_seconds"] == pytest.approx(2 * 24 * 3600, abs=60)


def test_restart_warns_of_a_skipped_clock(tmp_path: Path) -> None:
    """The warning explains due times that seem too late."""
    with running("stepfunctions-local", "--port", "0", folder=tmp_path) as endpoint:
        clock(endpoint, "skip", "2d")
        assert endpoint.err == ""
    with running("stepfunctions-local", "--port", "0", folder=tmp_path) as again:
        # The skip itself takes a moment, which is then no longer ahead.
        ahead = r"(2d|1d 23h)"
        warning = rf"Warning: the clock is {ahead} ahead of the wall clock: it was skipped\.\n"
        assert re.fullmatch(warning, again.err)


def test_clock_skips_to_a_time_and_to_the_next_due_time(endpoint: Running) -> None:
    """Each command can print JSON."""
    start(with_boto3(endpoint.urls[0]), 3 * WEEK_SECONDS)
    before = json.loads(clock(endpoint, "show", "--json").out)
    there = datetime.fromisoformat(before["now"]) + timedelta(days=1)
    assert json.loads(clock(endpoint, "skip", "--to", there.isoformat(), "--json").out)["fired"] == 0
    assert json.loads(clock(endpoint, "skip", "--to-next", "--json").out)["fired"] == 1
    assert "It is 20" in clock(endpoint, "show").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "a duration such as 7d, --to or --to-next"),
        (("7d", "--to-next"), "in one way"),
        (("7",), "'7' is not a duration: write 90s, 30m, 2h or 7d"),
        (("1.5h",), "'1.5h' is not a duration"),
        (("7D",), "'7D' is not a duration"),
        (("366d",), "No more than 31536000 s, 365 days"),
        (("0s",), "Cannot skip 0 s"),
        (("--to", "tomorrow"), "'tomorrow' is not an RFC 3339 timestamp such as"),
        (("--to", "2020-01-01T00:00:00Z"), "is not ahead"),
        (("--to-next",), "No execution is waiting"),
    ],
)
def test_invalid_skip_is_refused(untouched: Running, arguments: tuple[str, ...], says: str) -> None:
    """The last line says what is allowed, and there is no traceback."""
    ended = clock(untouched, "skip", *arguments)
    assert ended.code != 0
    assert says in ended.err.splitlines()[-1]
    assert ended.out == ""


def test_unreachable_endpoint_is_reported() -> None:
    """The message is one line, with the next step."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ended = run("delay", "clock", "show", "--endpoint-url", url)
    (line,) = ended.err.splitlines()
    assert ended.code == 1
    assert line.startswith(f"Error: Nothing answers at {url}, the value of --endpoint-url (")
    port = url.rpartition(":")[2]
    assert line.endswith(
        f"start it with `delay local --port {port}`, "
        "or name another endpoint with --endpoint-url or AWS_ENDPOINT_URL_SFN."
    )


def test_endpoint_without_a_clock_is_reported(tmp_path: Path) -> None:
    """The Lambda endpoint, for example, has no clock."""
    options = ("--port", "0", "--project", str(build(tmp_path)))
    with running("lambda-local", *options, folder=tmp_path) as endpoint:
        ended = clock(endpoint, "skip", "7d")
    (line,) = ended.err.splitlines()
    assert ended.code == 1
    assert "is not a stepfunctions-local that can skip time" in line


def test_url_of_a_file_is_refused() -> None:
    """Only HTTP addresses are allowed."""
    ended = run("delay", "clock", "show", "--endpoint-url", "file:///etc/passwd")
    assert "begins with http:// or https://" in ended.err
