"""The promises of env.txt, read as `docker run --env-file` reads it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def lines(root: Path) -> list[str]:
    return root.joinpath("env.txt").read_text().splitlines()


@pytest.fixture
def settings(lines: list[str]) -> dict[str, str]:
    """Parse as Docker does: skip lines that start with `#`, and keep quotes as part of the value."""
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def test_env_file_sets_only_required_variables(settings: dict[str, str]) -> None:
    """The local endpoint needs a Region, credentials and the address of Lambda."""
    assert list(settings) == [
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "LAMBDA_ENDPOINT",
    ]


def test_docker_reads_the_same_values_as_a_shell(settings: dict[str, str]) -> None:
    """No value contains quotes, spaces or a trailing comment, which only Docker would keep."""
    assert [value for value in settings.values() if not value or set(value) & set("\"' #")] == []


def test_lambda_endpoint_is_the_address_of_sam_local(
    settings: dict[str, str], samconfig: dict[str, Any]
) -> None:
    """samconfig.toml configures this address for `sam local start-lambda`."""
    served = samconfig["default"]["local_start_lambda"]["parameters"]
    address = urlsplit(settings["LAMBDA_ENDPOINT"])
    assert (address.scheme, address.hostname, address.port) == ("http", served["host"], served["port"])


def test_comment_names_the_address_for_a_container(lines: list[str]) -> None:
    """Inside a container, 127.0.0.1 is the container itself."""
    setting = next(number for number, line in enumerate(lines) if line.startswith("LAMBDA_ENDPOINT"))
    assert lines[setting - 1].startswith("#")
    assert "host.docker.internal:3001" in lines[setting - 1]
