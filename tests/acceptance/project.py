"""Builds a project without SAM: the template as `sam build` writes it, with one folder of handlers."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

HANDLERS = Path(__file__).with_name("handlers")
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"

CALL: dict[str, Any] = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName.$": "$.function", "Payload.$": "$.payload"},
            "OutputPath": "$.Payload",
            "End": True,
        }
    },
}
"""Calls the function that the input names."""


def function(handler: str, **properties: object) -> dict[str, Any]:
    """Return the resource of a function in `handlers`, as in a built template."""
    common = {"CodeUri": "Code", "Handler": handler, "Runtime": RUNTIME, "Timeout": 30}
    return {"Type": "AWS::Serverless::Function", "Properties": common | properties}


def state_machine(definition: object, **properties: object) -> dict[str, Any]:
    """Return the resource of a state machine with an inline definition."""
    return {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": definition} | properties}


def build(project: Path, **resources: dict[str, Any]) -> Path:
    """Write the output of `sam build` into a project's folder, and return the folder."""
    built = project / ".aws-sam" / "build"
    shutil.copytree(HANDLERS, built / "Code")
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    (built / "template.yaml").write_text(json.dumps(template), encoding="utf-8")
    return project
