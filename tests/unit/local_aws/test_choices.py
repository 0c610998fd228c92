"""Where ministack is found, and which services are served here."""

import shutil
from pathlib import Path

import pytest

from stepfunctions_local.local_aws.interpreter import find_interpreter
from stepfunctions_local.local_aws.local_aws import choose_services, warn_of_elsewhere

OWN = "http://127.0.0.1:8083"
OWN_AWS = "http://127.0.0.1:8085"
BOTH = frozenset({"dynamodb", "sqs"})


@pytest.mark.parametrize(
    ("named", "variables", "served"),
    [
        ({}, {}, BOTH),
        ({"sqs": "http://127.0.0.1:9324"}, {}, {"dynamodb"}),
        ({}, {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"}, {"sqs"}),
        ({}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, set()),
        ({}, {"AWS_ENDPOINT_URL": f"{OWN}/"}, BOTH),
        ({}, {"AWS_ENDPOINT_URL_DYNAMODB": OWN_AWS, "AWS_ENDPOINT_URL_SQS": "http://localhost:8085"}, BOTH),
    ],
)
def test_services_that_are_named_elsewhere_are_not_served(
    named: dict[str, str], variables: dict[str, str], served: set[str]
) -> None:
    """A variable may be meant for clients of these endpoints, in the same shell."""
    assert choose_services(BOTH, named, variables, (OWN, OWN_AWS)) == served


def test_python_is_the_one_beside_the_command(tmp_path: Path) -> None:
    """The command may be a link, as pipx makes it; without one there is no ministack."""
    environment, links = tmp_path / "environment", tmp_path / "links"
    environment.mkdir()
    links.mkdir()
    assert find_interpreter({"PATH": str(links)}, tmp_path) is None
    for name in ("python", "ministack"):
        shutil.copy("/bin/sh", environment / name)
    (links / "ministack").symlink_to(environment / "ministack")
    assert find_interpreter({"PATH": str(links)}, tmp_path) == environment / "python"
    assert find_interpreter({"PATH": ""}, links) == environment / "python"


def test_warning_names_the_variable_that_has_a_service_elsewhere() -> None:
    """That of the service alone wins over that of all services."""
    variables = {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_SQS": "http://queues"}
    dynamodb, sqs = warn_of_elsewhere(BOTH, variables)
    assert dynamodb.startswith("DynamoDB is not served here: AWS_ENDPOINT_URL names http://all for it.")
    assert sqs.startswith("SQS is not served here: AWS_ENDPOINT_URL_SQS names http://queues for it.")
