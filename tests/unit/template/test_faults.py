"""Missing values and other faults of a template, which a person learns of at once."""

from dataclasses import replace

import pytest

from stepfunctions_local.application import list_warnings
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.environment import WorkerEnvironment
from tests.unit.template.project import STACK, Project

TEMPLATE = """
Parameters: {Email: {Type: String}, Vpc: {Type: "AWS::EC2::VPC::Id"}, Days: {Type: Number}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: F
      Handler: app.handler
      Runtime: python3.11
      VpcConfig: !Ref Vpc
      Timeout: !Ref Days
      Environment:
        Variables: {A: !Sub "${Email} ${Db.Endpoint.Address}", B: !ImportValue shared-Url, C: !Ref Email}
  Db: {Type: AWS::RDS::DBInstance}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Succeed, Comment: !Ref Email}}}
"""
ASKED = ("Email", "Days", "Db.Endpoint.Address", "shared-Url")


def test_missing_values_are_asked_for_once(project: Project) -> None:
    """All together, and only those that are used here; what cannot run without them is named without more."""
    warnings = list_warnings(project.write(TEMPLATE).read(), WorkerEnvironment())
    option = f"--parameter-overrides '{' '.join(f'{name}=VALUE' for name in ASKED)}'"
    assert warnings == (
        f"{', '.join(ASKED)} have no value here. Pass them: {option}",
        "F cannot be called here: it needs Days, Email, Db.Endpoint.Address, shared-Url.",
    )


def test_passed_values_are_not_asked_for(project: Project) -> None:
    """Neither are unused ones."""
    passed = Project(project.folder, replace(STACK, parameters=dict.fromkeys(ASKED, "5")))
    build = passed.write(TEMPLATE).read()
    assert list_warnings(build, WorkerEnvironment()) == ()
    assert build.functions["F"].variables == {"A": "5 5", "B": "5", "C": "5"}
    assert build.functions["F"].timeout_seconds == 5


def test_all_faults_of_a_function_are_named(project: Project) -> None:
    """Each with its place, on a line of its own."""
    project.write(
        """
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: s3://bucket/key
              Runtime: java21
              Timeout: 0
              Environment: {Variables: {A: !Ref Nothing, B: !GetAtt None.Arn}}
        """
    )
    with pytest.raises(TemplateError) as caught:
        project.read().functions["F"]
    places = [line.strip().partition(" ")[0].rstrip(":") for line in str(caught.value).splitlines()]
    assert [place.removeprefix("Resources/F/Properties/") for place in places] == [
        "Runtime",
        "Handler",
        "CodeUri",
        "Timeout",
        "Environment/Variables/A",
        "Environment/Variables/B",
    ]


def test_all_faults_of_a_state_machine_are_named(project: Project) -> None:
    """Missing values among them."""
    project.write(
        """
        Resources:
          M:
            Type: AWS::Serverless::StateMachine
            Properties: {Name: !ImportValue name, DefinitionUri: gone.json, Type: SLOW, Role: !Ref Nothing}
        """
    )
    with pytest.raises(TemplateError) as caught:
        project.read().state_machines["M"]
    assert [line.split("/")[3].partition(":")[0].split()[0] for line in str(caught.value).splitlines()] == [
        "Name",
        "DefinitionUri",
        "Role",
        "Type",
    ]


def test_nested_stack_is_named(project: Project) -> None:
    """With what to do."""
    project.write("Resources: {Emails: {Type: AWS::Serverless::Application, Properties: {Location: emails}}}")
    (warning,) = project.read().warnings
    assert warning.startswith("Emails is a nested stack, which is not served here: run `delay local` in")
