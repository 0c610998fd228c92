"""Task tokens are sent with calls and come back through the API, even before the call ends."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepfunctions_local.account import Account
from stepfunctions_local.background import in_background
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.testing import LocalStepFunctions
from tests.aws_services import QUEUE, TOPIC, AwsServices
from tests.contract.integrations.machines import (
    create,
    get_details,
    get_history,
    start,
    task,
    wait_for_end,
    wait_until,
)

ASK = {"QueueUrl": QUEUE, "MessageBody": {"token.$": "$$.Task.Token", "order.$": "$.order"}}
GONE = "Task Timed Out: 'Provided task does not exist anymore'"


@pytest.fixture
def lambda_url(tmp_path: Path) -> Iterator[str]:
    shutil.copy(Path(__file__).with_name("approvals.py"), tmp_path)
    functions = {
        name: Function(name, f"approvals.{name}", "python3", tmp_path, timeout_seconds=15)
        for name in ("ask", "approve")
    }
    with in_background(LambdaEndpoint(functions, Account(), port=0)) as endpoint:
        yield endpoint.url


@pytest.fixture
def execution_and_token(local: LocalStepFunctions, services: AwsServices) -> tuple[str, str]:
    """Return an execution that waits for its token, and the token."""
    execution = start(local, create(local, Ask=task("sqs:sendMessage.waitForTaskToken", ASK)), {"order": 42})
    return execution, wait_for_token(local, services, execution)


def wait_for_token(local: LocalStepFunctions, services: AwsServices, execution: str) -> str:
    """Return the token of the latest message, once the Task has noted that it was sent."""
    wait_until(lambda: any(event["type"] == "TaskSubmitted" for event in get_history(local, execution)))
    sent: str = json.loads(services.requests[-1].body["MessageBody"])["token"]
    return sent


def get_refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    """Return code and message of a refused request."""
    refused = error.value.response["Error"]
    return refused["Code"], refused["Message"]


def test_a_delayed_task_waits_a_month_for_its_approval(lambda_url: str, tmp_path: Path) -> None:
    """A function gets the token after a wait; the answer comes 30 days later."""
    payload = {"token.$": "$$.Task.Token", "file.$": "$.file"}
    states = {
        "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Ask"},
        "Ask": task("lambda:invoke.waitForTaskToken", {"FunctionName": "ask", "Payload": payload}),
    }
    with LocalStepFunctions(lambda_endpoint=lambda_url) as local:
        left = tmp_path / "token"
        execution = start(local, create(local, **states), {"expirydate": 3600, "file": str(left)})
        local.skip(timedelta(hours=1))
        local.skip(timedelta(days=30))
        local.client.send_task_success(taskToken=left.read_text(), output='{"approved": true}')
        described = wait_for_end(local, execution)
        events = get_history(local, execution)
    assert json.loads(described["output"]) == {"approved": True}
    assert described["stopDate"] - described["startDate"] >= timedelta(days=30, hours=1)
    assert [event["type"] for event in events][3:8] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]
    assert get_details(events[6])["resource"] == "invoke.waitForTaskToken"
    assert json.loads(get_details(events[6])["output"])["Payload"] == "asked"


def test_a_function_can_send_its_token_back(lambda_url: str) -> None:
    """The token comes back before the call ends, and the result of the call is ignored."""
    payload = {"token.$": "$$.Task.Token", "url.$": "$.url", "order.$": "$.order"}
    parameters = {"FunctionName": "approve", "Payload": payload}
    with LocalStepFunctions(lambda_endpoint=lambda_url) as local:
        machine = create(local, Approve=task("lambda:invoke.waitForTaskToken", parameters))
        described = wait_for_end(local, start(local, machine, {"order": 42, "url": local.url}))
    assert json.loads(described["output"]) == {"approved": 42}


def test_a_token_is_accepted_once(local: LocalStepFunctions, execution_and_token: tuple[str, str]) -> None:
    """A later answer is refused."""
    execution, sent = execution_and_token
    local.client.send_task_heartbeat(taskToken=sent)
    local.client.send_task_failure(taskToken=sent, error="Refused", cause="by hand")
    with pytest.raises(ClientError) as late:
        local.client.send_task_success(taskToken=sent, output="{}")
    assert get_refusal(late) == ("TaskTimedOut", GONE)
    described = wait_for_end(local, execution)
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Refused", "by hand")


def test_an_invalid_token_is_refused(local: LocalStepFunctions) -> None:
    """Every operation that takes a token refuses it."""
    calls: list[Any] = [
        lambda: local.client.send_task_success(taskToken="nonsense", output="{}"),
        lambda: local.client.send_task_failure(taskToken="nonsense"),
        lambda: local.client.send_task_heartbeat(taskToken="nonsense"),
    ]
    for call in calls:
        with pytest.raises(ClientError) as refused:
            call()
        assert get_refusal(refused) == ("InvalidToken", "Invalid Token: 'Invalid token'")


def test_an_invalid_output_is_refused(
    local: LocalStepFunctions, execution_and_token: tuple[str, str]
) -> None:
    """The Task keeps waiting."""
    execution, sent = execution_and_token
    for output in ("{", f'"{"é" * 131_072}"'):
        with pytest.raises(ClientError) as refused:
            local.client.send_task_success(taskToken=sent, output=output)
        assert refused.value.response["Error"]["Code"] == "InvalidOutput"
    local.client.send_task_success(taskToken=sent, output='"fine"')
    assert wait_for_end(local, execution)["output"] == '"fine"'


def test_a_missing_heartbeat_is_caught(local: LocalStepFunctions, services: AwsServices) -> None:
    """Skipped time counts. A heartbeat starts the timeout again."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "ResultPath": "$.error", "Next": "Late"}]
    ask = task("sqs:sendMessage.waitForTaskToken", ASK, HeartbeatSeconds=3600, Catch=catch)
    execution = start(local, create(local, Ask=ask, Late={"Type": "Pass", "End": True}), {"order": 42})
    sent = wait_for_token(local, services, execution)
    local.skip(timedelta(minutes=59))
    local.client.send_task_heartbeat(taskToken=sent)
    local.skip(timedelta(minutes=59))
    assert local.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    local.skip(timedelta(minutes=1))
    assert json.loads(wait_for_end(local, execution)["output"])["error"] == {
        "Error": "States.Timeout",
        "Cause": "",
    }


def test_topics_and_buses_carry_tokens_too(local: LocalStepFunctions, services: AwsServices) -> None:
    """Each carries the token in the JSON part of its message."""
    carried: dict[str, Any] = {"token.$": "$$.Task.Token"}
    publish = task("sns:publish.waitForTaskToken", {"TopicArn": TOPIC, "Message": carried})
    entry = {"Source": "shop", "DetailType": "asked", "Detail": carried}
    put = task("events:putEvents.waitForTaskToken", {"Entries": [entry]})
    first = start(local, create(local, "first", Ask=publish))
    second = start(local, create(local, "second", Ask=put))
    wait_until(
        lambda: all(get_history(local, each)[-1]["type"] == "TaskSubmitted" for each in (first, second))
    )
    bodies = {asked.operation: asked.body for asked in services.requests}
    texts = [bodies["Publish"]["Message"], bodies["PutEvents"]["Entries"][0]["Detail"]]
    for number, text in enumerate(texts):
        local.client.send_task_success(taskToken=json.loads(text)["token"], output=f"{number}")
    assert [wait_for_end(local, each)["output"] for each in (first, second)] == ["0", "1"]


def test_a_state_in_jsonata_waits_for_its_token(local: LocalStepFunctions, services: AwsServices) -> None:
    """Its arguments, timeout, variables and output are computed. `$states.context` has the token."""
    ask = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": QUEUE, "MessageBody": {"token": "{% $states.context.Task.Token %}"}},
        "TimeoutSeconds": "{% $states.input.days * 86400 %}",
        "Assign": {"approval": "{% $states.result %}"},
        "Output": "{% $states.result.by %}",
        "End": True,
    }
    execution = start(local, create(local, Ask=ask), {"days": 30})
    sent = wait_for_token(local, services, execution)
    local.skip(timedelta(days=29))
    local.client.send_task_success(taskToken=sent, output='{"by": "me"}')
    assert wait_for_end(local, execution)["output"] == '"me"'
    assert get_history(local, execution)[-2]["stateExitedEventDetails"]["assignedVariables"] == {
        "approval": '{"by":"me"}'
    }
