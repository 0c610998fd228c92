"""Records of the real command survive kill -9, a full disk and a second process."""

import json
import shutil
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

from tests.acceptance.command import PATIENCE_SECONDS, eventually, run, running

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ENDPOINT = ("stepfunctions-local", "--port", "0", "--lambda-endpoint", "http://127.0.0.1:9")
ROLE = "arn:aws:iam::123456789012:role/DummyRole"
WAIT = json.dumps(
    {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}}
)
BALLAST_BYTES = 600_000


def client(url: str) -> "SFNClient":
    """Build a client that never retries."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"total_max_attempts": 1}),
    )


def create_waiting_machine(sfn: "SFNClient") -> str:
    """Create a state machine that waits, and return its ARN."""
    return sfn.create_state_machine(name="wait", definition=WAIT, roleArn=ROLE)["stateMachineArn"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of two megabytes, if that is permitted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if mounted.returncode:
        pytest.skip("mounting a small disk takes root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S607 - as above


def test_acknowledged_execution_survives_kill_9(tmp_path: Path) -> None:
    """A waiting execution ends at its own time, an ended one stays ended, and no wait is repeated."""
    command = (*ENDPOINT, "--data-dir", str(tmp_path / "kept"))
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        arn = create_waiting_machine(sfn)
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


def test_second_process_on_the_same_records_is_refused(tmp_path: Path) -> None:
    """The message names the folder, its process and the next step. The first process is not disturbed."""
    command = (*ENDPOINT, "--data-dir", str(tmp_path / "kept"))
    with running(*command, folder=tmp_path) as endpoint:
        second = run(*command)
        assert second.code == 1
        assert second.err == (
            f"Error: {tmp_path / 'kept'} is in use by another process (process {endpoint.process.pid}): "
            "stop it, or choose another folder with --data-dir.\n"
        )
        assert create_waiting_machine(client(endpoint.urls[0]))


def test_damaged_records_are_refused(tmp_path: Path) -> None:
    """The message names the file, and says that nothing was changed."""
    (tmp_path / "journal.sqlite").write_bytes(b"nonsense" * 1_000)
    refused = run(*ENDPOINT, "--data-dir", str(tmp_path))
    assert refused.code == 1
    assert refused.err == (
        f"Error: {tmp_path / 'journal.sqlite'} cannot be read (file is not a database). "
        "Nothing was changed. Move it away, or choose another folder with --data-dir.\n"
    )


def test_records_in_memory_end_with_the_process(tmp_path: Path) -> None:
    """No folder is created, even if one is named."""
    for _ in range(2):
        kept = ("--data-dir", str(tmp_path / "kept"))
        with running(*ENDPOINT, "--in-memory", *kept, folder=tmp_path) as endpoint:
            sfn = client(endpoint.urls[0])
            assert sfn.list_state_machines()["stateMachines"] == []
            create_waiting_machine(sfn)
    assert not (tmp_path / "kept").exists()


def test_full_disk_refuses_calls_and_loses_no_acknowledged_execution(
    tmp_path: Path, small_disk: Path
) -> None:
    """The error names the file. With room again calls succeed, and kill -9 loses nothing acknowledged."""
    command = (*ENDPOINT, "--data-dir", str(small_disk / "kept"))
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * BALLAST_BYTES)
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        arn = create_waiting_machine(sfn)
        acknowledged, refusal = start_until_refused(sfn, arn)
        assert refusal.response["Error"]["Code"] == "JournalUnwritable"
        assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert str(small_disk / "kept" / "journal.sqlite") in refusal.response["Error"]["Message"]
        assert has_not_ended(sfn, acknowledged[0])
        ballast.unlink()
        assert eventually(lambda: try_to_start(sfn, arn, acknowledged))
        endpoint.end(signal.SIGKILL)
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        assert all(has_not_ended(sfn, execution) for execution in acknowledged)


def test_ctrl_c_ends_an_endpoint_on_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """It does not wait for room. A start without room reports the full disk."""
    command = (*ENDPOINT, "--data-dir", str(small_disk / "kept"))
    with running(*command, folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        start_until_refused(sfn, create_waiting_machine(sfn))
        assert endpoint.end(signal.SIGINT) == 0
    fill(small_disk)
    refused = run(*ENDPOINT, "--data-dir", str(small_disk / "other"))
    assert refused.code == 1
    assert "No space left on device" in refused.err
    assert refused.err.count("\n") == 1


def fill(disk: Path) -> None:
    """Fill a disk completely."""
    with (disk / "ballast").open("wb", 0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x" * 4096)


def start_until_refused(sfn: "SFNClient", arn: str) -> tuple[list[str], ClientError]:
    """Start executions until one is refused. Return the accepted ones, and the refusal."""
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


def try_to_start(sfn: "SFNClient", arn: str, acknowledged: list[str]) -> bool:
    """Return whether one more execution is accepted."""
    try:
        acknowledged.append(start(sfn, arn))
    except ClientError:
        return False
    return True


def has_not_ended(sfn: "SFNClient", arn: str) -> bool:
    return sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"


def test_an_endpoint_whose_folder_is_removed_acknowledges_nothing_and_ends(tmp_path: Path) -> None:
    """As `git clean -fdX` does it. The request is refused with the reason, which is on the terminal, too."""
    folder = tmp_path / "kept"
    with running(*ENDPOINT, "--data-dir", str(folder), folder=tmp_path) as endpoint:
        sfn = client(endpoint.urls[0])
        arn = create_waiting_machine(sfn)
        shutil.rmtree(folder)
        with pytest.raises(ClientError, match=rf"JournalUnwritable.*{folder} was removed or moved"):
            start(sfn, arn)
        assert endpoint.process.wait(PATIENCE_SECONDS) == 1
        assert f"Error: {folder} was removed or moved while this endpoint used it" in endpoint.err
    assert not folder.exists()
