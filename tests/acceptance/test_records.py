"""What the real command keeps: over kill -9, on a full disk, and against a second process."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.acceptance.command import eventually, run, running

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ENDPOINT = ("stepfunctions-local", "--port", "0", "--lambda-endpoint", "http://127.0.0.1:9")
ROLE = "arn:aws:iam::123456789012:role/DummyRole"
WAIT = json.dumps(
    {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}}
)
BALLAST_BYTES = 600_000


def client(url: str) -> "SFNClient":
    """Make a client that gives up at once."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",  # noqa: S106 - signatures are not checked
        config=Config(retries={"total_max_attempts": 1}),
    )


def created(sfn: "SFNClient") -> str:
    """Create the state machine that waits."""
    return sfn.create_state_machine(name="wait", definition=WAIT, roleArn=ROLE)["stateMachineArn"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of two megabytes, where that is permitted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False)  # noqa: S603 - constant words and a path
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if mounted.returncode:
        pytest.skip("mounting a small disk takes root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S603, S607 - as above


def test_after_kill_9_an_acknowledged_execution_goes_on(tmp_path: Path) -> None:
    """The one that waits is due at its own time, the one that ended stays so, and no wait is done twice."""
    command = (*ENDPOINT, "--data-dir", str(tmp_path / "kept"))
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        arn = created(sfn)
        executions = [
            sfn.start_execution(stateMachineArn=arn, input=json.dumps({"expirydate": seconds}))
            for seconds in (0, 1)
        ]
        endpoint.end(signal.SIGKILL)
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        for execution, seconds in zip(executions, (0, 1), strict=True):
            assert eventually(lambda arn=execution["executionArn"]: has_ended(sfn, arn))  # type: ignore[misc]
            events = sfn.get_execution_history(executionArn=execution["executionArn"])["events"]
            exits = [event for event in events if event["type"] == "WaitStateExited"]
            assert len(exits) == 1
            assert (exits[0]["timestamp"] - execution["startDate"]).total_seconds() >= seconds


def has_ended(sfn: "SFNClient", arn: str) -> bool:
    return sfn.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"


def test_a_second_process_is_refused_in_one_line(tmp_path: Path) -> None:
    """It says which folder, who has it, and what to do; the first one is not disturbed."""
    command = (*ENDPOINT, "--data-dir", str(tmp_path / "kept"))
    with running(*command, folder=tmp_path) as endpoint:
        second = run(*command)
        assert second.code == 1
        assert second.err == (
            f"Error: {tmp_path / 'kept'} is in use by another process (process {endpoint.process.pid}): "
            "stop it, or choose another folder with --data-dir.\n"
        )
        assert created(client(endpoint.urls[0]))


def test_damaged_records_are_refused_in_one_line(tmp_path: Path) -> None:
    """It says which file, and that nothing was changed."""
    (tmp_path / "journal.sqlite").write_bytes(b"nonsense" * 1_000)
    refused = run(*ENDPOINT, "--data-dir", str(tmp_path))
    assert refused.code == 1
    assert refused.err == (
        f"Error: {tmp_path / 'journal.sqlite'} cannot be read (file is not a database). "
        "Nothing was changed. Move it away, or choose another folder with --data-dir.\n"
    )


def test_records_in_memory_make_no_folder_and_are_gone_with_the_process(tmp_path: Path) -> None:
    """Not even where the folder is named."""
    for _ in range(2):
        kept = ("--data-dir", str(tmp_path / "kept"))
        with running(*ENDPOINT, "--in-memory", *kept, folder=tmp_path) as endpoint:
            sfn = client(endpoint.urls[0])
            assert sfn.list_state_machines()["stateMachines"] == []
            created(sfn)
    assert not (tmp_path / "kept").exists()


def test_a_full_disk_makes_calls_fail_until_there_is_room_and_loses_nothing(
    tmp_path: Path, small_disk: Path
) -> None:
    """The error names the file; what was acknowledged before and after is there after kill -9."""
    command = (*ENDPOINT, "--data-dir", str(small_disk / "kept"))
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * BALLAST_BYTES)
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        arn = created(sfn)
        acknowledged, refusal = started_until_refused(sfn, arn)
        assert refusal.response["Error"]["Code"] == "JournalUnwritable"
        assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert str(small_disk / "kept" / "journal.sqlite") in refusal.response["Error"]["Message"]
        assert has_not_ended(sfn, acknowledged[0])
        ballast.unlink()
        assert eventually(lambda: accepted(sfn, arn, acknowledged))
        endpoint.end(signal.SIGKILL)
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        assert all(has_not_ended(sfn, execution) for execution in acknowledged)


def test_an_endpoint_on_a_full_disk_can_be_ended(tmp_path: Path, small_disk: Path) -> None:
    """Ctrl-C does not wait for room; a start without room says what is wrong."""
    command = (*ENDPOINT, "--data-dir", str(small_disk / "kept"))
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        started_until_refused(sfn, created(sfn))
        assert endpoint.end(signal.SIGINT) == 0
    fill(small_disk)
    refused = run(*ENDPOINT, "--data-dir", str(small_disk / "other"))
    assert refused.code == 1
    assert "No space left on device" in refused.err
    assert refused.err.count("\n") == 1


def fill(disk: Path) -> None:
    """Leave no room on a disk."""
    with (disk / "ballast").open("wb", 0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x" * 4096)


def started_until_refused(sfn: "SFNClient", arn: str) -> tuple[list[str], ClientError]:
    """Start executions until one is refused; return those that were not, and the refusal."""
    acknowledged: list[str] = []
    while len(acknowledged) < 1_000:
        try:
            acknowledged.append(start(sfn, arn))
        except ClientError as error:
            return acknowledged, error
    raise AssertionError("the disk never became full")


def start(sfn: "SFNClient", arn: str) -> str:
    text = json.dumps({"expirydate": 9_999, "text": "x" * 20_000})
    return sfn.start_execution(stateMachineArn=arn, name=str(uuid4()), input=text)["executionArn"]


def accepted(sfn: "SFNClient", arn: str, acknowledged: list[str]) -> bool:
    """Try to start one more."""
    try:
        acknowledged.append(start(sfn, arn))
    except ClientError:
        return False
    return True


def has_not_ended(sfn: "SFNClient", arn: str) -> bool:
    return sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
