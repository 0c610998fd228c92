"""The page about the function: every snippet runs as printed."""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from stepfunctions_local.testing import LocalStepFunctions

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "handler.md").read_text(encoding="utf-8")
CONFIRMATION, ROUTER, TRYING_AGAIN = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(BY_KIND,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
CALL = (ROOT / "statemachine" / "delay.asl.json").read_text(encoding="utf-8")
NAMER = """
def handle(event, task):
    return {"from": "%s", "order": event["order"]}
"""
VARIABLES = {"POWERTOOLS_METRICS_NAMESPACE": "DelayedTasks", "POWERTOOLS_SERVICE_NAME": "delayed-tasks"}


def project(folder: Path, definition: str, **snippets: str) -> Path:
    """Build a project of one state machine, and of one function for each snippet."""
    built = folder / ".aws-sam" / "build"
    for name, snippet in snippets.items():
        shutil.copytree(ROOT / "hello_world", built / name, ignore=shutil.ignore_patterns("__pycache__"))
        with (built / name / "app.py").open("a", encoding="utf-8") as app:
            app.write(snippet)
    (built / "definition.asl.json").write_text(definition, encoding="utf-8")
    arns = {f"{name}Arn": {"Fn::GetAtt": [name, "Arn"]} for name in snippets}
    machine = {"DefinitionUri": "definition.asl.json", "DefinitionSubstitutions": arns}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Machine": {"Type": "AWS::Serverless::StateMachine", "Properties": machine},
            **{name: describe_function(name) for name in snippets},
        },
    }
    (built / "template.yaml").write_text(yaml.safe_dump(template), encoding="utf-8")
    return folder


def describe_function(code: str) -> dict[str, Any]:
    """Return a function's resource for the template."""
    properties = {
        "CodeUri": code,
        "Handler": "app.lambda_handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "Environment": {"Variables": VARIABLES},
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def run_task(local: LocalStepFunctions, **payload: object) -> dict[str, Any]:
    """Run one task to its end, and return its description."""
    sfn = local.client
    machine = local.state_machine_arns["Machine"]
    arn = sfn.start_execution(stateMachineArn=machine, input=json.dumps({"expirydate": 0} | payload))
    deadline = time.monotonic() + 60
    while (described := sfn.describe_execution(executionArn=arn["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline, local.log
        time.sleep(0.05)
    return dict(described)


def test_work_replaces_the_greeting(tmp_path: Path) -> None:
    """The log lines of the work have the task's key."""
    with LocalStepFunctions(project(tmp_path, CALL, HelloWorldFunction=CONFIRMATION)) as local:
        task = run_task(local, order=42)
        assert json.loads(task["output"]) == {"confirmed": 42}
        (line,) = (line for line in local.log.splitlines() if "Confirming" in line)
    written = json.loads(line[line.index("{") :])
    assert (written["task_key"], written["order"]) == (task["name"], 42)


@pytest.mark.parametrize(("kind", "output"), [("confirm", "confirmed 42"), ("remind", "reminded of 42")])
def test_router_chooses_the_work(tmp_path: Path, kind: str, output: str) -> None:
    """It decides by a field of the payload."""
    with LocalStepFunctions(project(tmp_path, CALL, HelloWorldFunction=ROUTER)) as local:
        assert json.loads(run_task(local, kind=kind, order=42)["output"]) == output


def test_choice_state_chooses_the_function(tmp_path: Path) -> None:
    """It decides by the same field, and an unknown kind fails the task."""
    functions = {f"{kind}Function": NAMER % kind for kind in ("Confirm", "Remind")}
    with LocalStepFunctions(project(tmp_path, BY_KIND, **functions)) as local:
        tasks = [run_task(local, kind=kind, order=42) for kind in ("confirm", "remind", "refund")]
    assert [json.loads(task["output"]) for task in tasks[:2]] == [
        {"from": "Confirm", "order": 42},
        {"from": "Remind", "order": 42},
    ]
    assert (tasks[2]["status"], tasks[2]["error"]) == ("FAILED", "UnknownKind")


def test_work_that_raises_try_again_is_called_again(tmp_path: Path) -> None:
    """The execution succeeds when a later call does the work."""
    warehouse = tmp_path / "asked"
    opens = f"""
import pathlib


def warehouse_is_open(event):
    asked = pathlib.Path({str(warehouse)!r})
    is_open = asked.exists()
    asked.touch()
    return is_open
"""
    with LocalStepFunctions(project(tmp_path, CALL, HelloWorldFunction=TRYING_AGAIN + opens)) as local:
        assert json.loads(run_task(local)["output"]) == "shipped"
        assert local.log.count("the warehouse is closed") >= 1
