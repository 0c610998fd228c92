"""Runs a local AWS from PyPI: ministack, with its IAM checking the rights of callers."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from verification.background import in_background
from verification.steps import Steps

_REGION: Final = "us-east-1"
ROOT: Final = {"AWS_ACCESS_KEY_ID": "root", "AWS_SECRET_ACCESS_KEY": "root"}
"""The credentials of the root user, as environment variables."""


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A running local AWS, with the root user's credentials."""

    url: str
    region: str = _REGION

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that makes an SDK, a CLI or sam use it as AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "1",
        } | ROOT

    def connect(self, credentials: Mapping[str, str], config: Config | None = None) -> Callable[[Any], Any]:
        """Return what makes clients for a user, whose key is given as environment variables."""
        session = boto3.Session(
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        )
        return partial(session.client, endpoint_url=self.url, config=config)

    def return_if_up(self, _log: str) -> "LocalAws | None":
        """Return itself if it answers, otherwise None."""
        once = Config(retries={"total_max_attempts": 1})
        try:
            self.connect(ROOT, once)("sts").get_caller_identity()
        except (BotoCoreError, ClientError):
            return None
        return self


@contextmanager
def local_aws(ministack: Path, folder: Path, steps: Steps) -> Iterator[LocalAws]:
    """Run ministack on a free port while the context lasts; its output goes to `folder`.

    Raises:
        LocalAwsFailed: ministack did not start.

    """
    port = _find_free_port()
    ready = LocalAws(f"http://127.0.0.1:{port}").return_if_up
    environment = _build_environment(folder, port)
    with ExitStack() as running:
        with steps.step("start the local AWS"):
            aws = running.enter_context(
                in_background(str(ministack), folder=folder, environment=environment, ready=ready)
            )
        yield aws


def _build_environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "AUTH": "true",  # IAM checks the rights of callers
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
    } | ROOT


def _find_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
