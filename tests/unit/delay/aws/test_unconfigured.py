"""The boto3 clients of local endpoints, and the message if an endpoint does not answer."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from delay.aws.connection import Timeouts, connect_local
from delay.aws.error import translate_error
from delay.errors import Refused

URL = "http://127.0.0.1:8083"


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_PROFILE": "nope"},
        {"AWS_DEFAULT_PROFILE": "nope"},
        {"AWS_CONFIG_FILE": "no-configuration"},
        {"AWS_SHARED_CREDENTIALS_FILE": "no-configuration"},
        {"AWS_MAX_ATTEMPTS": "many", "AWS_RETRY_MODE": "sometimes"},
        {"AWS_DEFAULTS_MODE": "nope", "AWS_USE_FIPS_ENDPOINT": "perhaps"},
        {"AWS_REQUEST_CHECKSUM_CALCULATION": "nope", "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nope"},
        {"AWS_ENDPOINT_URL_SFN": "nope", "AWS_ENDPOINT_URL": "nope"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_configuration_of_aws_does_not_matter_to_a_local_client(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It needs neither credentials nor a profile."""
    (tmp_path / "no-configuration").write_bytes(b"\xff[")
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sfn = connect_local(URL, "eu-west-1", timeouts=Timeouts(attempts=1))
    assert (sfn.meta.endpoint_url, sfn.meta.region_name) == (URL, "eu-west-1")
    assert sfn.meta.config.retries["total_max_attempts"] == 1


def test_region_of_an_impossible_form_is_reported() -> None:
    """The command reads AWS_REGION for a local client too."""
    with pytest.raises(Refused, match="needs a Region such as eu-west-1, and 'no region' is none"):
        connect_local(URL, "no region")


def unanswered(url: str) -> str:
    """Return the message of a call that was not answered."""
    error = EndpointConnectionError(endpoint_url=f"{url}/", error="refused")
    return str(translate_error(error, "states:ListExecutions", "a state machine"))


def test_variable_that_names_a_silent_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, the call would go to AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", URL)
    assert unanswered(URL).endswith(
        "AWS_ENDPOINT_URL_SFN names this endpoint: start it (`delay local`), "
        "or unset AWS_ENDPOINT_URL_SFN to reach AWS."
    )


def test_other_silent_endpoint_is_a_matter_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable names another one."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", URL)
    assert unanswered("https://states.us-east-1.amazonaws.com").endswith("is the Region right?")


def test_refusal_names_no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint has answered."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", URL)
    refused = ClientError({"Error": {"Code": "Nope", "Message": "no"}}, "ListExecutions")
    assert "AWS_ENDPOINT_URL" not in str(translate_error(refused, "states:ListExecutions", "it"))
