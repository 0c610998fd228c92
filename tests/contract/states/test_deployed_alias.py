"""A project whose template publishes its state machine under an alias, deployed on this computer."""

import json
from pathlib import Path

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.test_executions import wait_for_end
from tests.contract.states.test_versions import define


def test_project_is_started_through_its_alias(tmp_path: Path) -> None:
    """The latest build answers, and the execution has its version and alias."""
    built = tmp_path / ".aws-sam" / "build"
    built.mkdir(parents=True)
    properties = {"AutoPublishAlias": "live", "DeploymentPreference": {"Type": "CANARY"}}
    for word in ("one", "two"):
        properties["Definition"] = json.loads(define(word))
        machine = {"Type": "AWS::Serverless::StateMachine", "Properties": properties}
        (built / "template.yaml").write_text(json.dumps({"Resources": {"Orders": machine}}))
        with LocalStepFunctions(tmp_path, data_dir=tmp_path / "records") as local:
            alias = local.state_machine_arns["OrdersAliaslive"]
            execution = local.client.start_execution(stateMachineArn=alias)["executionArn"]
            described = wait_for_end(local.client, execution)
            assert described["output"] == f'"{word}"'
    arn = described["stateMachineArn"]
    assert described["stateMachineAliasArn"] == alias == f"{arn}:live"
    assert described["stateMachineVersionArn"] == f"{arn}:2"
