"""The calls that a function makes itself: they reach the local endpoints, with dummy credentials."""

import json
import socket
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from delay import Delay, Status
from delay.aws.connection import connect_local
from stepfunctions_local.application import Addresses, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.lambdas.environment import CallerSettings
from stepfunctions_local.testing import LocalStepFunctions

HANDLER = """
import os
import boto3

def handle(event, context):
    names = ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_DYNAMODB", "TABLE")
    seen = {name: os.environ.get(name) for name in names}
    if "next" in event:
        sfn = boto3.client("stepfunctions")
        arn = event["next"]
        sfn.start_execution(stateMachineArn=arn, name="from-handler", input='{"expirydate": 60}')
        functions = boto3.client("lambda")
        answer = functions.invoke(FunctionName="F", Payload=b'{"from": "handler"}')
        seen["answer"] = answer["Payload"].read().decode()
    return seen
"""
CALL = {
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Call"},
        "Call": {"Type": "Task", "Resource": "${F}", "End": True},
    },
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build a function whose table is not here: there is no ministack."""
    monkeypatch.setattr("stepfunctions_local.application.find_interpreter", lambda: None)
    built = tmp_path / ".aws-sam" / "build"
    (built / "F").mkdir(parents=True)
    (built / "F" / "app.py").write_text(HANDLER)
    function = {"CodeUri": "F", "Handler": "app.handle", "Runtime": "python3.13", "Timeout": 30}
    function["Environment"] = {"Variables": {"TABLE": {"Ref": "Records"}}}
    machine = {"Definition": CALL, "DefinitionSubstitutions": {"F": {"Fn::GetAtt": ["F", "Arn"]}}}
    resources = {
        "F": {"Type": "AWS::Serverless::Function", "Properties": function},
        "DelayStateMachine": {"Type": "AWS::Serverless::StateMachine", "Properties": machine},
        "Records": {"Type": "AWS::DynamoDB::Table"},
    }
    (built / "template.yaml").write_text(yaml.safe_dump({"Resources": resources}))
    return tmp_path


def test_calls_of_a_function_stay_local(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its StartExecution and its Invoke come to the endpoints that run it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:1")
    with LocalStepFunctions(project) as local:
        arn = local.state_machine_arns["DelayStateMachine"]
        task = local.wait_for(local.delay.schedule({"next": arn}, after=timedelta(minutes=1)))
        assert task.status is Status.SUCCEEDED, task.cause
        assert task.output["AWS_ACCESS_KEY_ID"] == "defaultkey"
        assert task.output["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:8000"
        assert json.loads(task.output["answer"])["TABLE"] == "Records"
        assert local.wait_for("from-handler").status is Status.SUCCEEDED


def test_calls_stay_local_on_ipv6(project: Path) -> None:
    """The address has brackets in each URL that is passed on."""
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this computer has no IPv6")
    addresses = Addresses("::1", states_port=0, lambda_port=0)
    with in_background(serve_application(project, Settings(), addresses)) as running:
        assert running.states_url.startswith("http://[::1]:")
        arn = running.state_machine_arns["DelayStateMachine"]
        delay = Delay(arn, connect_local(running.states_url, "us-east-1"))
        task = delay.wait(delay.schedule({"next": arn}, after=timedelta()), timedelta(seconds=60))
        assert task.status is Status.SUCCEEDED, task.cause
        assert json.loads(task.output["answer"])["TABLE"] == "Records"


def test_variables_for_no_function_are_warned_of(project: Path) -> None:
    """As is each thing that the caller asked for in vain."""
    addresses = Addresses(states_port=0, lambda_port=0)
    caller = CallerSettings(endpoints={"AWS_ENDPOINT_URL": "http://a"}, overrides={"Nope": {}})
    with in_background(serve_application(project, Settings(), addresses, caller=caller)) as running:
        elsewhere, override = running.warnings
        assert elsewhere.startswith("DynamoDB is not served here: AWS_ENDPOINT_URL names http://a for it.")
        assert override == "--env-vars has Nope, which is no function that runs here."


def test_fixture_warns_of_no_events(project: Path) -> None:
    """A suite that turns warnings into errors can use a template with events."""
    template = project / ".aws-sam/build/template.yaml"
    events = "      FunctionUrlConfig: {AuthType: NONE}\n"
    template.write_text(template.read_text().replace("      Handler:", f"{events}      Handler:"))
    assert events in template.read_text()
    with pytest.warns(UserWarning, match="exists only on AWS") as issued, LocalStepFunctions(project):
        pass
    assert not [str(warning.message) for warning in issued if "events" in str(warning.message)]


def test_resource_that_exists_only_on_aws_is_warned_of(project: Path) -> None:
    """Calls of it would fail, for the credentials are dummies."""
    says = "TABLE of F names Records, which exists only on AWS: set AWS_ENDPOINT_URL_DYNAMODB"
    with pytest.warns(UserWarning, match=says), LocalStepFunctions(project):
        pass
