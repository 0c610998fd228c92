"""Express state machines over the API: boto3 as on AWS."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import PASS, ROLE, build_logging

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ONE_SECOND = timedelta(seconds=1)
FAIL = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "Why"}}})

Create = Callable[..., str]


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions() as local:
        yield local


@pytest.fixture
def client(local: LocalStepFunctions) -> "SFNClient":
    return local.client


@pytest.fixture
def create(client: "SFNClient") -> Create:
    """Create an Express state machine with a name of its own, and return its ARN."""

    def create(definition: str = PASS, **members: Any) -> str:
        request = {"name": f"m-{uuid.uuid4()}", "definition": definition, "roleArn": ROLE, "type": "EXPRESS"}
        return client.create_state_machine(**request | members)["stateMachineArn"]

    return create


def code_of(call: Callable[[], object]) -> str:
    """Return the code of a call's error."""
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def nest(resource: str, arn: str) -> str:
    """Return a definition that starts an execution of another state machine."""
    task = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": arn, "Name": "child"}}
    return json.dumps({"StartAt": "Start", "States": {"Start": task | {"End": True}}})


def read_log(local: LocalStepFunctions, arn: str, **query: object) -> dict[str, Any]:
    """Return a page of the log of a state machine."""
    query = {"name": arn.rpartition(":")[2], **query}
    with urlopen(f"{local.url}/_stepfunctions-local/logs?{urlencode(query)}", timeout=60) as answer:  # noqa: S310
        read: dict[str, Any] = json.load(answer)
        return read


def test_sync_execution_returns_its_output(client: "SFNClient", create: Create) -> None:
    """With its ARN, times and cost."""
    arn = create()
    answer = client.start_sync_execution(stateMachineArn=arn, name="n", input='{"a": 1}', traceHeader="t")
    name = arn.rpartition(":")[2]
    assert answer["executionArn"].startswith(f"arn:aws:states:us-east-1:123456789012:express:{name}:n:")
    assert (answer["status"], answer["output"], answer["input"]) == ("SUCCEEDED", '{"a": 1}', '{"a": 1}')
    assert (answer["name"], answer["stateMachineArn"], answer["traceHeader"]) == ("n", arn, "t")
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert answer["startDate"] <= answer["stopDate"]


def test_failed_sync_execution_is_no_error_of_the_call(client: "SFNClient", create: Create) -> None:
    """The answer has the error and the cause, and the details of an output that is missing."""
    answer = client.start_sync_execution(stateMachineArn=create(FAIL))
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "Bad", "Why")
    assert "output" not in answer
    assert answer["outputDetails"] == {"included": True}


def test_metadata_can_be_asked_for_alone(client: "SFNClient", create: Create) -> None:
    """Input and output are left out."""
    answer = client.start_sync_execution(stateMachineArn=create(), includedData="METADATA_ONLY")
    assert not answer.keys() & {"input", "inputDetails", "output", "outputDetails"}


def test_version_and_alias_can_be_started(client: "SFNClient", create: Create) -> None:
    """As with a Standard state machine."""
    arn = create(publish=True)
    client.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    )
    for target in (f"{arn}:1", f"{arn}:live"):
        assert client.start_sync_execution(stateMachineArn=target)["stateMachineArn"] == arn


def test_invalid_requests_are_refused(client: "SFNClient", create: Create) -> None:
    """With the errors of StartExecution."""
    arn = create()
    start = client.start_sync_execution
    assert code_of(lambda: start(stateMachineArn=f"{arn}-gone")) == "StateMachineDoesNotExist"
    assert code_of(lambda: start(stateMachineArn=arn, input="{")) == "InvalidExecutionInput"
    assert code_of(lambda: start(stateMachineArn=arn, name="a b")) == "InvalidName"
    standard = create(type="STANDARD")
    assert code_of(lambda: start(stateMachineArn=standard)) == "StateMachineTypeNotSupported"


def test_type_is_shown_and_stays(client: "SFNClient", create: Create) -> None:
    """UpdateStateMachine cannot change it."""
    arn = create()
    client.update_state_machine(stateMachineArn=arn, definition=FAIL)
    assert client.describe_state_machine(stateMachineArn=arn)["type"] == "EXPRESS"
    listed = client.list_state_machines()["stateMachines"]
    assert next(one["type"] for one in listed if one["stateMachineArn"] == arn) == "EXPRESS"
    assert client.start_sync_execution(stateMachineArn=arn)["status"] == "FAILED"


def test_other_type_is_another_state_machine(create: Create) -> None:
    """The name is taken."""
    create(name="taken")
    assert create(name="taken") == create(name="taken")
    assert code_of(lambda: create(name="taken", type="STANDARD")) == "StateMachineAlreadyExists"


def test_validation_knows_the_type(client: "SFNClient") -> None:
    """A Task that waits for a job is a fault of an Express state machine alone."""
    definition = nest("arn:aws:states:::states:startExecution.sync", "arn")
    results = [
        client.validate_state_machine_definition(definition=definition, type=type_)["result"]
        for type_ in ("STANDARD", "EXPRESS")
    ]
    assert results == ["OK", "FAIL"]


def test_standard_execution_starts_express_ones(
    local: LocalStepFunctions, client: "SFNClient", create: Create
) -> None:
    """The Task ends with the start. The same name starts another execution each time."""
    child = create(loggingConfiguration=build_logging("ALL"))
    definition = nest("arn:aws:states:::states:startExecution", child)
    parent = create(definition, type="STANDARD")
    for _ in range(2):
        execution = client.start_execution(stateMachineArn=parent)["executionArn"]
        local.skip(ONE_SECOND)
        described = client.describe_execution(executionArn=execution)
        assert ":express:" in json.loads(described["output"])["ExecutionArn"]
    lines = read_log(local, child)["lines"]
    assert len({line["execution_arn"] for line in lines}) == 2


def test_job_cannot_be_an_express_execution(
    local: LocalStepFunctions, client: "SFNClient", create: Create
) -> None:
    """Only a Standard execution can be described, so the Task fails."""
    parent = create(nest("arn:aws:states:::states:startExecution.sync", create()), type="STANDARD")
    execution = client.start_execution(stateMachineArn=parent)["executionArn"]
    local.skip(ONE_SECOND)
    described = client.describe_execution(executionArn=execution)
    assert (described["status"], described["error"]) == ("FAILED", "StepFunctions.InvalidArnException")


def test_prefixed_host_is_served(local: LocalStepFunctions, create: Create) -> None:
    """SDKs put `sync-` before the host of StartSyncExecution."""
    url, body = urlsplit(local.url), json.dumps({"stateMachineArn": create()})
    connection = HTTPConnection(url.hostname or "", url.port, timeout=60)
    headers = {"Host": f"sync-{url.netloc}", "X-Amz-Target": "AWSStepFunctions.StartSyncExecution"}
    connection.request("POST", "/", body, headers)
    with connection.getresponse() as answer:
        assert (answer.status, json.load(answer)["status"]) == (200, "SUCCEEDED")
    connection.close()


def test_variable_turns_the_prefix_off(
    local: LocalStepFunctions, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented way for clients without a configuration, such as the AWS CLI."""
    monkeypatch.setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
    client = boto3.client(
        "stepfunctions",
        endpoint_url=local.url,
        region_name="us-east-1",
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.start_sync_execution(stateMachineArn=create())["status"] == "SUCCEEDED"


def test_log_is_read_page_by_page(local: LocalStepFunctions, client: "SFNClient", create: Create) -> None:
    """Each page says where the next one begins."""
    arn = create(loggingConfiguration=build_logging("ALL"))
    first = read_log(local, arn)
    assert (first["lines"], first["level"]) == ([], "ALL")
    executed = client.start_sync_execution(stateMachineArn=arn)["executionArn"]
    page = read_log(local, arn, after=first["after"])
    assert [(line["type"], line["execution_arn"]) for line in page["lines"]] == [
        ("ExecutionStarted", executed),
        ("PassStateEntered", executed),
        ("PassStateExited", executed),
        ("ExecutionSucceeded", executed),
    ]
    assert read_log(local, arn, after=page["after"])["lines"] == []


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"name": "gone"}, 404, 'There is no state machine "gone"'),
        ({"after": "-1"}, 400, "after must be"),
    ],
)
def test_unusable_request_for_the_log_is_refused(
    local: LocalStepFunctions, create: Create, query: dict[str, str], status: int, words: str
) -> None:
    """The error says why."""
    with pytest.raises(HTTPError) as refused:
        read_log(local, create(), **query)
    with refused.value as answer:
        assert answer.code == status
        assert words in json.load(answer)["error"]
