"""A called function that the build lacks gets a warning; a resource whose condition fails is not served."""

import json
from pathlib import Path

import pytest

from stepfunctions_local.template.build import Build, read_build
from stepfunctions_local.template.stack import TargetStack
from tests.unit.template.project import FUNCTION, Project

ROOT = Path(__file__).parents[3]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:checkout:live"


def read_own(**parameters: str) -> Build:
    """Read this repository's build, as `delay local --parameter-overrides` does."""
    return read_build(ROOT, TargetStack(parameters=parameters))


def machine(function_arn: str) -> str:
    """Return a state machine that calls a function."""
    state = {"Type": "Task", "Resource": function_arn, "End": True}
    definition = json.dumps({"StartAt": "S", "States": {"S": state}})
    return f"""
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/r
      DefinitionString: '{definition}'
"""


def test_existing_function_is_called_and_said_to_be_missing() -> None:
    """Of this template, with FunctionArn: the own function is not served."""
    build = read_own(FunctionArn=ARN)
    assert list(build.functions) == ["ReconciliationFunction"]
    assert f'"FunctionName": "{ARN}"' in build.state_machines["DelayStateMachine"].definition
    (warning,) = [warning for warning in build.warnings if "checkout" in warning]
    assert warning.startswith("DelayStateMachine calls the function checkout, which is not in this build")
    assert "--lambda-endpoint" in warning


def test_own_function_is_served_by_default() -> None:
    """And nothing is missing."""
    build = read_own()
    assert list(build.functions) == ["HelloWorldFunction", "ReconciliationFunction"]
    assert [warning for warning in build.warnings if "is not in this build" in warning] == []


@pytest.mark.parametrize("name", ["F", "F:live", "orders", "orders:$LATEST"])
def test_function_of_the_build_is_not_missing(project: Project, name: str) -> None:
    """By its logical id or its name, with or without a qualifier."""
    arn = f"arn:aws:lambda:eu-west-1:000000000001:function:{name}"
    project.write(f"Resources:\n  F:{FUNCTION}      FunctionName: orders\n{machine(arn)}")
    assert project.read().warnings == ()


def test_function_that_cannot_be_served_is_not_missing(project: Project) -> None:
    """Its call says why it does not run."""
    other = FUNCTION.replace("python3.11", "nodejs22.x")
    project.write(f"Resources:\n  F:{other}{machine('arn:aws:lambda:eu-west-1:000000000001:function:F')}")
    assert project.read().warnings == ()


def test_definition_that_cannot_be_read_has_no_such_warning(project: Project) -> None:
    """Its deployment says why."""
    project.write("Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {}")
    assert project.read().warnings == ()


@pytest.mark.parametrize(("condition", "served"), [("Yes", ["F"]), ("No", []), ("Unknown", ["F"])])
def test_resource_is_served_if_its_condition_holds(
    project: Project, condition: str, served: list[str]
) -> None:
    """CloudFormation creates no other. A condition that cannot be evaluated here leaves nothing out."""
    conditions = "Conditions:\n  Yes: !Equals [a, a]\n  No: !Equals [a, b]\n"
    project.write(f"{conditions}Resources:\n  F:{FUNCTION}    Condition: {condition}\n")
    assert list(project.read().functions) == served


def test_version_and_alias_of_an_absent_state_machine_are_absent(project: Project) -> None:
    """SAM gives them its condition."""
    project.write(
        """
        Conditions:
          No: !Equals [a, b]
        Resources:
          M:
            Type: AWS::Serverless::StateMachine
            Condition: No
            Properties: {AutoPublishAlias: live, Definition: {}}
        """
    )
    build = project.read()
    assert (list(build.state_machines), list(build.versions), list(build.aliases)) == ([], [], [])
