"""The page about tests of one state: every snippet runs as printed, on the state machine that it shows."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from stepfunctions_local.testing import LocalStepFunctions, Mock, Status

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "test-a-state.md").read_text(encoding="utf-8")
(ORDERS,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
OFFLINE, WITH_FUNCTIONS, OVER_HTTP = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "ChargeFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "Charge", "Handler": "charge.handler", "Runtime": "python3.13"},
        },
        "Orders": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {
                "DefinitionUri": "orders.asl.json",
                "DefinitionSubstitutions": {"ChargeFunctionArn": {"Fn::GetAtt": ["ChargeFunction", "Arn"]}},
            },
        },
    },
}


def run_snippet(snippet: str, **names: object) -> dict[str, Any]:
    """Run a snippet, and return its names."""
    exec(compile(snippet, "test-a-state.md", "exec"), names)  # noqa: S102 - the page is ours
    return names


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    built = folder / ".aws-sam" / "build"
    (built / "Charge").mkdir(parents=True)
    (built / "Charge" / "charge.py").write_text("def handler(event, context):\n    return event\n")
    (built / "orders.asl.json").write_text(ORDERS)
    (built / "template.yaml").write_text(yaml.safe_dump(TEMPLATE))
    (folder / "statemachine").mkdir()
    (folder / "statemachine" / "orders.asl.json").write_text(ORDERS)
    return folder


@pytest.fixture(scope="module")
def local(project: Path) -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions(project) as local:
        yield local


def test_the_tests_of_the_page_pass(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They find the definition where the page says."""
    monkeypatch.chdir(project)
    names = run_snippet(OFFLINE)
    tests = [value for name, value in names.items() if name.startswith("test_") and name != "test_state"]
    assert len(tests) == OFFLINE.count("\ndef test_")
    for test in tests:
        test()


def test_the_test_with_functions_passes(local: LocalStepFunctions) -> None:
    """The Task calls its function."""
    run_snippet(WITH_FUNCTIONS)["test_the_function_charges_the_total"](local)


def test_the_request_of_the_page_is_answered(local: LocalStepFunctions) -> None:
    """With boto3's client."""
    run_snippet(OVER_HTTP, sfn=local.client)


def test_the_page_names_every_part_of_a_result() -> None:
    """And every argument."""
    from stepfunctions_local.state_testing import Circumstances, StateResult  # noqa: PLC0415

    named = [*StateResult.__dataclass_fields__, *Circumstances.__annotations__]
    assert [name for name in named if f"`{name}`" not in PAGE] == []


def test_info_shows_no_data_on_the_way(local: LocalStepFunctions) -> None:
    """It is the default."""
    answer = local.client.test_state(definition='{"Type": "Succeed"}')
    assert {name for name in answer if name != "ResponseMetadata"} == {"output", "status"}


def test_a_task_without_an_endpoint_fails_by_name(local: LocalStepFunctions) -> None:
    """The cause names the setting, as in an execution."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody": "m"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Later"}],
        "End": True,
    }
    caught = local.test_state(task)
    assert (caught.status, caught.next_state) == (Status.CAUGHT_ERROR, "Later")
    assert caught.error == "SQS.SdkClientException"
    assert "Set SQS_ENDPOINT" in (caught.cause or "")


def test_a_refusal_is_an_error_of_the_client(local: LocalStepFunctions) -> None:
    """With AWS's code."""
    with pytest.raises(ClientError, match="InvalidArn"):
        local.client.test_state(definition='{"Type": "Succeed"}', roleArn="role")
    with pytest.raises(ClientError, match="State not found in definition"):
        local.test_state("Orders", "Nope")


def test_the_made_up_execution_has_the_time_of_the_endpoint(local: LocalStepFunctions) -> None:
    """Which may be ahead of the wall clock."""
    since = local.skip(timedelta(days=40)).now - timedelta(milliseconds=1)
    clock = {"Type": "Pass", "InputPath": "$$.State.EnteredTime", "End": True}
    assert since <= datetime.fromisoformat(str(local.test_state(clock).output)) <= local.now


def test_a_mock_keeps_the_function_from_being_called(local: LocalStepFunctions) -> None:
    """Even if it is there."""
    ended = local.test_state("Orders", "Charge", input={"total": 1}, mock=Mock({"Payload": {"amount": 2}}))
    assert ended.output == {"charged": 2}
