"""A local AWS from PyPI: ministack, whose IAM is asked whether a caller may."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from verification.errors import LocalAwsFailed
from verification.steps import Steps

_REGION: Final = "us-east-1"
_ROOT: Final = {"AWS_ACCESS_KEY_ID": "root", "AWS_SECRET_ACCESS_KEY": "root"}
_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A local AWS that runs: where it is, and the root's credentials, as variables of the environment."""

    url: str
    region: str = _REGION

    @property
    def variables(self) -> Mapping[str, str]:
        """Let an SDK, a CLI or sam take it for AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "1",
        } | _ROOT

    @property
    def session(self) -> boto3.Session:
        """Act as the root."""
        return boto3.Session(
            aws_access_key_id=_ROOT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=_ROOT["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        )


@contextmanager
def local_aws(ministack: Path, folder: Path, steps: Steps) -> Iterator[LocalAws]:
    """Run ministack on a free port as long as the context lasts; what it writes goes to a folder.

    Raises:
        LocalAwsFailed: it did not start.

    """
    port = _free_port()
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - a command of an environment of this project
            [ministack],
            cwd=folder,
            env=_environment(folder, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        aws = LocalAws(f"http://127.0.0.1:{port}")
        with steps.step("start the local AWS"):
            _await_answer(aws, process, folder / "ministack.log")
        yield aws
    finally:
        _end(process)


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "AUTH": "true",  # ask IAM whether a caller may
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
    } | _ROOT


def _await_answer(aws: LocalAws, process: subprocess.Popen[bytes], log: Path) -> None:
    sts = aws.session.client("sts", endpoint_url=aws.url, config=Config(retries={"total_max_attempts": 1}))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            sts.get_caller_identity()
        except (BotoCoreError, ClientError):
            time.sleep(_POLL_SECONDS)
        else:
            return
    raise LocalAwsFailed(f"ministack does not answer at {aws.url}. What it wrote is in {log}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it has started: its functions run in processes of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
