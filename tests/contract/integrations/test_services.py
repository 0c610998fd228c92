"""Task states call SQS, SNS, DynamoDB, EventBridge and Step Functions, with AWS's history."""

import json
from datetime import timedelta
from typing import Any

from stepfunctions_local.testing import LocalStepFunctions
from tests.aws_services import QUEUE, TABLE, TOPIC, AwsServices
from tests.contract.integrations.machines import create, get_details, get_history, start, task, wait_for_end

MESSAGE = {"QueueUrl": QUEUE, "MessageBody.$": "$"}


def test_a_delayed_message_is_sent_when_it_is_due(local: LocalStepFunctions, services: AwsServices) -> None:
    """The delay is a month; SQS itself allows 15 minutes at most."""
    wait = {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Send"}
    execution = start(
        local, create(local, Wait=wait, Send=task("sqs:sendMessage", MESSAGE)), {"expirydate": 2_592_000}
    )
    local.skip(timedelta(days=29))
    assert not services.requests
    local.skip(timedelta(days=1))
    output = json.loads(wait_for_end(local, execution)["output"])
    assert services.requests[0].body["MessageBody"] == '{"expirydate":2592000}'
    assert output["MessageId"]
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_the_history_has_the_events_of_an_integration(local: LocalStepFunctions) -> None:
    """As recorded on AWS, they have the computed parameters, the action and the service's answer."""
    execution = start(local, create(local, Send=task("sqs:sendMessage", MESSAGE, TimeoutSeconds=9)), {"a": 1})
    output = wait_for_end(local, execution)["output"]
    events = get_history(local, execution)
    resource = {"resourceType": "sqs", "resource": "sendMessage"}
    assert [event["type"] for event in events][2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    scheduled = get_details(events[2])
    assert json.loads(scheduled.pop("parameters")) == {"QueueUrl": QUEUE, "MessageBody": {"a": 1}}
    assert scheduled == resource | {"region": "us-east-1", "timeoutInSeconds": 9}
    assert get_details(events[3]) == resource
    assert get_details(events[4]) == resource | {"output": output, "outputDetails": {"truncated": False}}


def test_an_error_of_a_service_is_caught_by_its_name(local: LocalStepFunctions) -> None:
    """The second put of the same item fails its condition."""
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
    first, second = (wait_for_end(local, start(local, machine, {"order": "42"})) for _ in range(2))
    assert "SdkHttpMetadata" in first["output"]
    assert second["output"] == '"known"'


def test_a_topic_and_a_bus_are_called_in_turn(local: LocalStepFunctions, services: AwsServices) -> None:
    """The event names the execution."""
    publish = task("sns:publish", {"TopicArn": TOPIC, "Message.$": "$"}, ResultPath="$.sns", Next="Put")
    del publish["End"]
    entries = [{"Source": "shop", "DetailType": "due", "Detail.$": "$.order"}]
    put = task("events:putEvents", {"Entries": entries}, ResultPath=None)
    execution = start(local, create(local, Publish=publish, Put=put), {"order": {"id": 42}})
    assert wait_for_end(local, execution)["status"] == "SUCCEEDED"
    published, event = services.requests
    assert published.body["Message"] == '{"order":{"id":42}}'
    assert event.body["Entries"][0]["Detail"] == '{"id":42}'
    assert event.body["Entries"][0]["Resources"][1] == execution


def test_an_execution_starts_another(local: LocalStepFunctions) -> None:
    """By default it is started at the same endpoint. Its input is JSON text."""
    child = create(local, "child", Done={"Type": "Pass", "End": True})
    parameters: dict[str, Any] = {
        "StateMachineArn": child,
        "Name": "order-42",
        "Input": {"order.$": "$.order"},
    }
    execution = start(local, create(local, Start=task("states:startExecution", parameters)), {"order": 42})
    output = json.loads(wait_for_end(local, execution)["output"])
    started = wait_for_end(local, output["ExecutionArn"])
    assert output["ExecutionArn"].endswith(":child:order-42")
    assert output["StartDate"] == round(started["startDate"].timestamp() * 1000)
    assert started["output"] == '{"order":42}'


def test_the_error_of_a_failed_start_has_the_name_of_aws(local: LocalStepFunctions) -> None:
    """Its prefix is StepFunctions, and its suffix is that of the SDK."""
    absent = "arn:aws:states:us-east-1:123456789012:stateMachine:absent"
    machine = create(local, Start=task("states:startExecution", {"StateMachineArn": absent}))
    failed = wait_for_end(local, start(local, machine))
    assert failed["error"] == "StepFunctions.StateMachineDoesNotExistException"
    assert failed["cause"].startswith(
        f"State Machine Does Not Exist: '{absent}' (Service: AWSStepFunctions; Status Code: 400; "
        "Error Code: StateMachineDoesNotExist; Request ID: "
    )


def test_a_service_without_an_endpoint_fails_the_task() -> None:
    """The cause names the missing setting."""
    with LocalStepFunctions() as local:
        failed = wait_for_end(local, start(local, create(local, Send=task("sqs:sendMessage", MESSAGE))))
    assert failed["error"] == "SQS.SdkClientException"
    assert "Set SQS_ENDPOINT" in failed["cause"]


def make_jsonata_task(arguments: object) -> dict[str, Any]:
    """Return a Task that sends a message with these arguments."""
    send = {name: value for name, value in task("sqs:sendMessage", {}).items() if name != "Parameters"}
    return send | {"QueryLanguage": "JSONata", "Arguments": arguments}


def test_arguments_can_be_a_single_expression(local: LocalStepFunctions, services: AwsServices) -> None:
    """The computed message is sent."""
    message = {"QueueUrl": QUEUE, "MessageBody": {"a": [1]}}
    wait_for_end(local, start(local, create(local, Send=make_jsonata_task("{% $states.input %}")), message))
    assert services.requests[0].body["MessageBody"] == '{"a":[1]}'


def test_arguments_that_are_no_object_fail_the_execution(
    local: LocalStepFunctions, services: AwsServices
) -> None:
    """Nothing is sent."""
    failed = wait_for_end(local, start(local, create(local, Send=make_jsonata_task("{% 'text' %}"))))
    assert failed["error"] == "States.Runtime"
    assert "must be an OBJECT" in failed["cause"]
    assert not services.requests
