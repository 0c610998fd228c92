"""What env.txt promises, read as `docker run --env-file` reads it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def lines(root: Path) -> list[str]:
    return root.joinpath("env.txt").read_text().splitlines()


@pytest.fixture
def settings(lines: list[str]) -> dict[str, str]:
    """Docker skips lines that start with `#` and takes the rest as NAME=value, quotes and all."""
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def test_it_sets_what_a_person_needs(settings: dict[str, str]) -> None:
    """Region, credentials and the way to Lambda: the local endpoint needs no more."""
    assert list(settings) == [
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "LAMBDA_ENDPOINT",
    ]


def test_docker_reads_the_same_values_as_a_shell_would(settings: dict[str, str]) -> None:
    """No value has what Docker would keep and a shell would not: quotes, spaces, a comment behind it."""
    assert [value for value in settings.values() if not value or set(value) & set("\"' #")] == []


def test_lambda_endpoint_is_where_sam_serves(settings: dict[str, str], samconfig: dict[str, Any]) -> None:
    """The address agrees with the one that samconfig.toml gives to `sam local start-lambda`."""
    served = samconfig["default"]["local_start_lambda"]["parameters"]
    address = urlsplit(settings["LAMBDA_ENDPOINT"])
    assert (address.scheme, address.hostname, address.port) == ("http", served["host"], served["port"])


def test_it_says_what_a_container_needs(lines: list[str]) -> None:
    """127.0.0.1 inside a container is the container: the comment above the setting names the way out."""
    setting = next(number for number, line in enumerate(lines) if line.startswith("LAMBDA_ENDPOINT"))
    assert lines[setting - 1].startswith("#")
    assert "host.docker.internal:3001" in lines[setting - 1]
