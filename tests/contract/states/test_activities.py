"""The API's answers about activities, through boto3, as recorded on AWS."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE
from tests.contract.states.test_state_machines import error_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ABSENT = "arn:aws:states:us-east-1:123456789012:activity:absent"
TEAM: Any = {"key": "team", "value": "orders"}


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions(settings=Settings(poll_seconds=0.05)) as local:
        yield local


@pytest.fixture(scope="module")
def sfn(local: LocalStepFunctions) -> "SFNClient":
    return local.client


@pytest.fixture
def name() -> str:
    return f"activity-{uuid4()}"


@pytest.fixture
def arn(sfn: "SFNClient", name: str) -> str:
    return sfn.create_activity(name=name)["activityArn"]


def start(sfn: "SFNClient", arn: str, value: object) -> str:
    """Start an execution with a Task of an activity, and return its ARN."""
    states = {"Work": {"Type": "Task", "Resource": arn, "End": True}}
    machine = sfn.create_state_machine(
        name=f"machine-{uuid4()}", definition=json.dumps({"StartAt": "Work", "States": states}), roleArn=ROLE
    )
    return sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(value))[
        "executionArn"
    ]


def test_activity_is_created_once_described_and_deleted(sfn: "SFNClient", name: str) -> None:
    """A repeated creation returns the same one, and a repeated deletion is no error."""
    first, again = (sfn.create_activity(name=name) for _ in range(2))
    arn = first["activityArn"]
    assert arn == ABSENT.replace("absent", name)
    assert (again["activityArn"], again["creationDate"]) == (arn, first["creationDate"])
    described = sfn.describe_activity(activityArn=arn)
    assert (described["activityArn"], described["name"]) == (arn, name)
    assert described["creationDate"] == first["creationDate"]
    assert described["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}
    for _ in range(2):
        sfn.delete_activity(activityArn=arn)
    assert error_of(lambda: sfn.describe_activity(activityArn=arn)) == (
        "ActivityDoesNotExist",
        f"Activity Does Not Exist: '{arn}'",
    )


def test_name_with_forbidden_characters_is_refused(sfn: "SFNClient") -> None:
    """The words are AWS's."""
    name = "TestActivity InvalidName$"
    assert error_of(lambda: sfn.create_activity(name=name)) == ("InvalidName", f"Invalid Name: '{name}'")


@pytest.mark.parametrize("operation", ["describe_activity", "delete_activity", "get_activity_task"])
def test_arn_of_another_kind_is_refused(sfn: "SFNClient", operation: str) -> None:
    """The words are AWS's."""
    call = getattr(sfn, operation)
    answer = error_of(lambda: call(activityArn="no_an_activity_arn"))
    assert answer == ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'")
    assert error_of(lambda: call(activityArn=ABSENT.replace("activity", "stateMachine")))[0] == "InvalidArn"


def test_poll_of_an_absent_activity_is_refused(sfn: "SFNClient") -> None:
    """The words are AWS's."""
    assert error_of(lambda: sfn.get_activity_task(activityArn=ABSENT)) == (
        "ActivityDoesNotExist",
        f"Activity Does Not Exist: '{ABSENT}'",
    )


def test_activity_of_another_region_is_absent(sfn: "SFNClient", arn: str) -> None:
    """Its ARN differs."""
    other = arn.replace("us-east-1", "eu-west-1")
    assert error_of(lambda: sfn.describe_activity(activityArn=other))[0] == "ActivityDoesNotExist"


def test_activities_are_listed_page_by_page(sfn: "SFNClient", name: str) -> None:
    """They are sorted by name."""
    names = [f"{name}-{number}" for number in range(5)]
    for each in reversed(names):
        sfn.create_activity(name=each)
    pages = [*sfn.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 2})]
    found = [activity for page in pages for activity in page["activities"]]
    assert [each["name"] for each in found if each["name"].startswith(name)] == names
    assert all(len(page["activities"]) <= 2 for page in pages)
    assert set(found[0]) == {"activityArn", "creationDate", "name"}
    assert error_of(lambda: sfn.list_activities(nextToken="AAAA"))[0] == "InvalidToken"


def test_activity_has_tags(sfn: "SFNClient", name: str) -> None:
    """Those of its creation can be changed; a deleted one has none."""
    arn = sfn.create_activity(name=name, tags=[TEAM])["activityArn"]
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "test"}])
    sfn.untag_resource(resourceArn=arn, tagKeys=["team"])
    tags = sfn.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"key": "stage", "value": "test"}]
    sfn.delete_activity(activityArn=arn)
    assert error_of(lambda: sfn.list_tags_for_resource(resourceArn=arn)) == (
        "ResourceNotFound",
        f"Resource not found: '{arn}'",
    )


def test_other_encryption_is_refused(sfn: "SFNClient", name: str) -> None:
    """It cannot be changed."""
    key: Any = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}
    arn = sfn.create_activity(name=name, encryptionConfiguration=key)["activityArn"]
    assert sfn.describe_activity(activityArn=arn)["encryptionConfiguration"] == key
    assert error_of(lambda: sfn.create_activity(name=name)) == (
        "ActivityAlreadyExists",
        f"Activity Already Exists: '{arn}'",
    )


def test_poll_without_a_task_ends_without_a_token(sfn: "SFNClient", arn: str) -> None:
    """On AWS this takes a minute."""
    answer = sfn.get_activity_task(activityArn=arn, workerName="one")
    assert not answer.get("taskToken")


def test_worker_completes_a_task(sfn: "SFNClient", arn: str) -> None:
    """It reports a heartbeat first."""
    execution = start(sfn, arn, {"order": 42})
    task = sfn.get_activity_task(activityArn=arn, workerName="one")
    assert json.loads(task["input"]) == {"order": 42}
    sfn.send_task_heartbeat(taskToken=task["taskToken"])
    sfn.send_task_success(taskToken=task["taskToken"], output='"done"')
    assert sfn.describe_execution(executionArn=execution)["output"] == '"done"'


def test_client_that_hangs_up_gets_no_task(arn: str) -> None:
    """The next worker gets it."""
    with LocalStepFunctions(settings=Settings(poll_seconds=30)) as local:
        sfn = local.client
        sfn.create_activity(name=arn.rpartition(":")[2])
        address = urlsplit(local.url)
        body = json.dumps({"activityArn": arn, "workerName": "gone"})
        request = (
            f"POST / HTTP/1.1\r\nHost: {address.netloc}\r\nX-Amz-Target: AWSStepFunctions.GetActivityTask\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
            connection.sendall(request.encode())
            sfn.describe_activity(activityArn=arn)  # by now the request above has arrived
        start(sfn, arn, "task")
        task = sfn.get_activity_task(activityArn=arn, workerName="there")
        assert task["input"] == '"task"'


TEMPLATE = """
Resources:
  Work:
    Type: AWS::StepFunctions::Activity
    Properties: {Name: orders-work}
  Orders:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/r
      DefinitionString: !Sub '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${Work}","End":true}}}'
"""


def test_activity_of_a_template_is_created(tmp_path: Path) -> None:
    """Its state machine waits for a worker."""
    built = tmp_path / ".aws-sam" / "build"
    built.mkdir(parents=True)
    (built / "template.yaml").write_text(TEMPLATE)
    with LocalStepFunctions(tmp_path) as local:
        sfn = local.client
        sfn.start_execution(stateMachineArn=local.state_machine_arns["Orders"], input="[7]")
        (activity,) = sfn.list_activities()["activities"]
        assert activity["name"] == "orders-work"
        assert sfn.get_activity_task(activityArn=activity["activityArn"])["input"] == "[7]"
