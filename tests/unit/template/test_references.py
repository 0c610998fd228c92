"""The variables of functions that refer to resources on AWS."""

import pytest

from stepfunctions_local.template.references import Reference
from tests.unit.template.project import FUNCTION, Project

RESOURCES = """
  Records: {Type: AWS::DynamoDB::Table}
  Jobs: {Type: AWS::SQS::Queue}
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {}}}
"""


def find(project: Project, variables: str) -> tuple[Reference, ...]:
    """Return the references of a function with these variables."""
    function = f"{FUNCTION}      Environment: {{Variables: {variables}}}\n"
    return project.write(f"Resources:\n  F:{function}{RESOURCES}").read().references


@pytest.mark.parametrize(
    "value", ["!Ref Records", "!GetAtt Records.Arn", "!Sub 'x-${Records}'", "!If [A, !Ref Records, none]"]
)
def test_reference_to_a_table_is_found(project: Project, value: str) -> None:
    """By each way to refer to it."""
    assert find(project, f"{{TABLE: {value}}}") == (Reference("F", "TABLE", "Records", "DYNAMODB"),)


def test_each_service_is_named_as_sdks_name_it(project: Project) -> None:
    """A state machine runs here, and a parameter is no resource."""
    found = find(project, "{A: !Ref Jobs, B: !Ref Machine, C: !Ref AWS::StackName, D: text}")
    assert found == (Reference("F", "A", "Jobs", "SQS"),)


@pytest.mark.parametrize("variables", ["1", "[a]", "{}"])
def test_other_variables_refer_to_nothing(project: Project, variables: str) -> None:
    """Malformed ones are reported when the function is read."""
    assert find(project, variables) == ()


def test_author_may_silence_the_warnings_of_a_function(project: Project) -> None:
    """It is of use on AWS alone, and its Metadata say so."""
    variables = "      Environment: {Variables: {TABLE: !Ref Records}}\n"
    function = f"{FUNCTION}{variables}    Metadata: {{AwsOnly: true}}\n"
    assert project.write(f"Resources:\n  F:{function}{RESOURCES}").read().references == ()
