"""The findings of cfn-lint, which knows the schemas of CloudFormation and Step Functions."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def lint(*files: Path) -> tuple[int, str]:
    command: list[str | Path] = [Path(sys.executable).with_name("cfn-lint"), "--", *files]
    unmeasured = os.environ | {"COVERAGE_PROCESS_CONFIG": ""}  # cfn-lint is not our code, and slow enough
    done = subprocess.run(command, env=unmeasured, capture_output=True, check=False, text=True)
    return done.returncode, done.stdout + done.stderr


def test_template_and_definition_have_no_findings(root: Path, tmp_path: Path) -> None:
    """cfn-lint checks the definition in a separate template."""
    definition = root.joinpath("statemachine", "delay.asl.json").read_text()
    alone = tmp_path / "definition.json"
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "DefinitionString": definition,
            "DefinitionSubstitutions": {
                "HelloWorldFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f"
            },
            "RoleArn": "arn:aws:iam::123456789012:role/delay",
        },
    }
    alone.write_text(json.dumps({"Resources": {"DelayStateMachine": machine}}))
    assert lint(root / "template.yaml", alone) == (0, "")


def test_rendered_template_has_no_findings(rendered: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """This includes every optional part of a deployment, even the gradual shifting of calls."""
    made = rendered(CalledFunction="live", Release="Canary10Percent10Minutes")
    for looked_up in ("Shifting", "TableShifting"):  # by SAM
        del made["Mappings"][looked_up]
    deployed = tmp_path / "deployed.json"
    deployed.write_text(json.dumps(made))
    assert lint(deployed) == (0, "")
