"""Task states call SQS, SNS, DynamoDB, EventBridge and Step Functions, with AWS's history."""

import json
from datetime import timedelta
from typing import Any

from stepfunctions_local.testing import LocalStepFunctions
from tests.aws_services import QUEUE, TABLE, TOPIC, AwsServices
from tests.contract.integrations.machines import create, details, ended, history, start, task

MESSAGE = {"QueueUrl": QUEUE, "MessageBody.$": "$"}


def test_a_delayed_message_is_sent_when_it_is_due(local: LocalStepFunctions, services: AwsServices) -> None:
    """SQS itself delays no longer than 15 minutes: a month, and the message has the task."""
    wait = {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Send"}
    execution = start(
        local, create(local, Wait=wait, Send=task("sqs:sendMessage", MESSAGE)), {"expirydate": 2_592_000}
    )
    local.skip(timedelta(days=29))
    assert not services.requests
    local.skip(timedelta(days=1))
    output = json.loads(ended(local, execution)["output"])
    assert services.requests[0].body["MessageBody"] == '{"expirydate":2592000}'
    assert output["MessageId"]
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_the_history_is_that_of_an_integration(local: LocalStepFunctions) -> None:
    """As recorded on AWS: the parameters as the state made them, the action, and the service's answer."""
    execution = start(local, create(local, Send=task("sqs:sendMessage", MESSAGE, TimeoutSeconds=9)), {"a": 1})
    output = ended(local, execution)["output"]
    events = history(local, execution)
    resource = {"resourceType": "sqs", "resource": "sendMessage"}
    assert [event["type"] for event in events][2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    scheduled = details(events[2])
    assert json.loads(scheduled.pop("parameters")) == {"QueueUrl": QUEUE, "MessageBody": {"a": 1}}
    assert scheduled == resource | {"region": "us-east-1", "timeoutInSeconds": 9}
    assert details(events[3]) == resource
    assert details(events[4]) == resource | {"output": output, "outputDetails": {"truncated": False}}


def test_an_error_of_a_service_is_caught_by_its_name(local: LocalStepFunctions) -> None:
    """An item that is there already is not put twice, and the execution goes another way."""
    put = task(
        "dynamodb:putItem",
        {
            "TableName": TABLE,
            "Item": {"id": {"S.$": "$.order"}},
            "ConditionExpression": "attribute_not_exists(id)",
        },
        Catch=[{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Known"}],
    )
    machine = create(local, Put=put, Known={"Type": "Pass", "Result": "known", "End": True})
    first, second = (ended(local, start(local, machine, {"order": "42"})) for _ in range(2))
    assert "SdkHttpMetadata" in first["output"]
    assert second["output"] == '"known"'


def test_topics_and_buses_are_told(local: LocalStepFunctions, services: AwsServices) -> None:
    """One after the other; the event says which execution it comes from."""
    publish = task("sns:publish", {"TopicArn": TOPIC, "Message.$": "$"}, ResultPath="$.sns", Next="Put")
    del publish["End"]
    entries = [{"Source": "shop", "DetailType": "due", "Detail.$": "$.order"}]
    put = task("events:putEvents", {"Entries": entries}, ResultPath=None)
    execution = start(local, create(local, Publish=publish, Put=put), {"order": {"id": 42}})
    assert ended(local, execution)["status"] == "SUCCEEDED"
    published, event = services.requests
    assert published.body["Message"] == '{"order":{"id":42}}'
    assert event.body["Entries"][0]["Detail"] == '{"id":42}'
    assert event.body["Entries"][0]["Resources"][1] == execution


def test_an_execution_starts_another(local: LocalStepFunctions) -> None:
    """At this very endpoint, as nothing else is said; with the input as JSON text."""
    child = create(local, "child", Done={"Type": "Pass", "End": True})
    parameters: dict[str, Any] = {
        "StateMachineArn": child,
        "Name": "order-42",
        "Input": {"order.$": "$.order"},
    }
    execution = start(local, create(local, Start=task("states:startExecution", parameters)), {"order": 42})
    output = json.loads(ended(local, execution)["output"])
    started = ended(local, output["ExecutionArn"])
    assert output["ExecutionArn"].endswith(":child:order-42")
    assert output["StartDate"] == round(started["startDate"].timestamp() * 1000)
    assert started["output"] == '{"order":42}'


def test_the_error_of_an_execution_that_cannot_be_started_has_aws_name(local: LocalStepFunctions) -> None:
    """The prefix is StepFunctions, and the type gets the suffix that the SDK gives it."""
    absent = "arn:aws:states:us-east-1:123456789012:stateMachine:absent"
    machine = create(local, Start=task("states:startExecution", {"StateMachineArn": absent}))
    failed = ended(local, start(local, machine))
    assert failed["error"] == "StepFunctions.StateMachineDoesNotExistException"
    assert failed["cause"].startswith(
        f"State Machine Does Not Exist: '{absent}' (Service: AWSStepFunctions; Status Code: 400; "
        "Error Code: StateMachineDoesNotExist; Request ID: "
    )


def test_a_service_that_nobody_named_fails_the_task() -> None:
    """The cause says which setting is missing."""
    with LocalStepFunctions() as local:
        failed = ended(local, start(local, create(local, Send=task("sqs:sendMessage", MESSAGE))))
    assert failed["error"] == "SQS.SdkClientException"
    assert "Set SQS_ENDPOINT" in failed["cause"]


def in_jsonata(arguments: object) -> dict[str, Any]:
    """A Task that sends a message with these arguments."""
    send = {name: value for name, value in task("sqs:sendMessage", {}).items() if name != "Parameters"}
    return send | {"QueryLanguage": "JSONata", "Arguments": arguments}


def test_arguments_may_be_computed_as_a_whole(local: LocalStepFunctions, services: AwsServices) -> None:
    """And are sent like those that are written out."""
    message = {"QueueUrl": QUEUE, "MessageBody": {"a": [1]}}
    ended(local, start(local, create(local, Send=in_jsonata("{% $states.input %}")), message))
    assert services.requests[0].body["MessageBody"] == '{"a":[1]}'


def test_arguments_that_turn_out_to_be_none_are_not_sent(
    local: LocalStepFunctions, services: AwsServices
) -> None:
    """The execution fails."""
    failed = ended(local, start(local, create(local, Send=in_jsonata("{% 'text' %}"))))
    assert failed["error"] == "States.Runtime"
    assert "must be an OBJECT" in failed["cause"]
    assert not services.requests
