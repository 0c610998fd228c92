"""The promises of template.yaml, read as data."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

Template = dict[str, Any]

EXPLANATION = '# "*" because: '


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in template["Resources"].items() if body["Type"] == kind}


def is_bounded(parameter: dict[str, Any]) -> bool:
    """Test whether an invalid value is rejected before any resource is created."""
    if "AllowedValues" in parameter:
        return parameter["Default"] in parameter["AllowedValues"]
    if parameter["Type"] == "Number":
        return bool(parameter["MinValue"] <= parameter["Default"] <= parameter["MaxValue"])
    fits = re.fullmatch(parameter["AllowedPattern"], parameter["Default"])
    return bool(fits) and {"MaxLength", "ConstraintDescription"} < parameter.keys()


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_every_parameter_and_output_is_described(template: Template, section: str) -> None:
    """Each one has a Description that is a sentence."""
    descriptions = {name: body.get("Description", "") for name, body in template[section].items()}
    assert [name for name, text in descriptions.items() if not re.fullmatch(r"[A-Z].*\S", text)] == []


def test_every_parameter_has_bounds_and_a_default_within_them(template: Template) -> None:
    """A first deployment needs no values, and a typing error is rejected before any resource is created."""
    assert [name for name, body in template["Parameters"].items() if not is_bounded(body)] == []


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("AlarmEmail", "on-call@example.com", True),
        ("AlarmEmail", "on-call", False),
        ("NotifiedTopicArn", "arn:aws:sns:eu-west-1:123456789012:alarms", True),
        ("NotifiedTopicArn", "alarms", False),
        ("KmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("KmsKeyArn", "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd", True),
        ("KmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:alias/delay", False),
        ("FunctionArn", "arn:aws:lambda:eu-west-1:123456789012:function:checkout", True),
        ("FunctionArn", "arn:aws:lambda:eu-west-1:123456789012:function:checkout:live", True),
        ("FunctionArn", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:checkout:17", True),
        ("FunctionArn", "checkout", False),
        ("FunctionArn", "arn:aws:lambda:eu-west-1:123456789012:layer:checkout:17", False),
    ],
)
def test_pattern_of_a_parameter_rejects_other_text(
    template: Template, name: str, value: str, *, allowed: bool
) -> None:
    """One example is the alias of a key: IAM knows a key by its own ARN only."""
    assert bool(re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)) is allowed


def test_runtimes_are_the_supported_versions_of_python(template: Template) -> None:
    """Each Python from 3.11 to 3.14 can build and run the function."""
    assert template["Parameters"]["PythonRuntime"]["AllowedValues"] == [
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
    ]


def test_every_log_group_deletes_old_lines(template: Template) -> None:
    """Each log group also has explicit policies for its deletion and replacement."""
    groups = resources(template, "AWS::Logs::LogGroup")
    assert len(groups) == 6
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert {"DeletionPolicy", "UpdateReplacePolicy"} < group.keys()


def test_every_function_logs_to_a_group_of_its_own(template: Template) -> None:
    """For a function that names no group, Lambda would create one that keeps its lines for ever."""
    functions = resources(template, "AWS::Serverless::Function")
    groups = {body["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for body in functions.values()}
    assert groups <= resources(template, "AWS::Logs::LogGroup").keys()
    assert len(groups) == len(functions)


def test_every_function_has_a_timeout(template: Template) -> None:
    """Lambda's default is three seconds."""
    functions = resources(template, "AWS::Serverless::Function")
    assert [name for name, body in functions.items() if "Timeout" not in body["Properties"]] == []


def test_execution_log_has_the_prefix_of_vended_logs(template: Template) -> None:
    """Other names need room in the account's only resource policy for logs, of 5,120 characters."""
    group = template["Resources"]["DelayStateMachineLogGroup"]["Properties"]
    assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/")


def test_execution_log_has_no_payloads_by_default(template: Template) -> None:
    """Payloads may contain personal data."""
    machine = template["Resources"]["DelayStateMachine"]["Properties"]
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] == {"Ref": "LogExecutionData"}
    assert template["Parameters"]["LogExecutionData"]["Default"] == "false"


def test_execution_may_wait_for_a_year(template: Template) -> None:
    """A Standard workflow ends after a year, an Express one after five minutes."""
    assert template["Resources"]["DelayStateMachine"]["Properties"]["StateMachineType"] == "STANDARD"


def test_every_wildcard_is_explained(root: Path) -> None:
    """The reason for a star is on the line above."""
    lines = root.joinpath("template.yaml").read_text().splitlines()
    stars = [number for number, line in enumerate(lines) if "*" in line.partition("#")[0]]
    assert stars
    assert [lines[number] for number in stars if EXPLANATION not in lines[number - 1]] == []


def test_function_times_out_before_its_task_state(template: Template, definition: dict[str, Any]) -> None:
    """If the Task times out, the answer was lost: the call is no longer running."""
    function = template["Resources"]["HelloWorldFunction"]["Properties"]
    assert function["Timeout"] < definition["States"]["CallFunction"]["TimeoutSeconds"]


def test_every_substitution_of_the_definition_is_used(root: Path, template: Template) -> None:
    """Each `${...}` of the definition has a value in the template, and no value is left over."""
    machine = template["Resources"]["DelayStateMachine"]["Properties"]
    text = root.joinpath(machine["DefinitionS3Location"]).read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(machine["DefinitionSubstitutions"])


def test_metrics_have_a_namespace(template: Template) -> None:
    """Without one, Powertools writes no metric."""
    variables = template["Resources"]["HelloWorldFunction"]["Properties"]["Environment"]["Variables"]
    assert {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"} < variables.keys()


def test_every_output_is_documented(root: Path, template: Template) -> None:
    """A page explains its purpose."""
    pages = "".join(page.read_text() for page in root.joinpath("docs").glob("**/*.md"))
    assert [name for name in template["Outputs"] if f"`{name}`" not in pages] == []


def test_every_parameter_is_documented(root: Path, template: Template) -> None:
    """A page explains when to set it."""
    pages = "".join(page.read_text() for page in root.joinpath("docs").glob("**/*.md"))
    assert [name for name in template["Parameters"] if f"`{name}`" not in pages] == []


def test_every_parameter_has_a_heading_in_the_console(template: Template) -> None:
    """Each is in one group."""
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])


def test_every_skipped_finding_of_the_linter_has_a_reason(template: Template) -> None:
    """Checkov reads it: docs/reference/security.md has the command, which finds nothing else."""
    skipped = {
        name: body["Metadata"]["checkov"]["skip"]
        for name, body in template["Resources"].items()
        if "checkov" in body.get("Metadata", {})
    }
    assert {name: [each["id"] for each in found] for name, found in skipped.items()} == {
        "HelloWorldFunction": ["CKV_AWS_116", "CKV_AWS_117"],
        "Idempotency": ["CKV_AWS_28", "CKV_AWS_119"],
        "ReconciliationFunction": ["CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117"],
        "TaskTable": ["CKV_AWS_119"],
        "TableCallFunction": ["CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117"],
        "TableDrainFunction": ["CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117"],
        "TableSweepFunction": ["CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117"],
    }
    assert all(each["comment"].endswith(".") for found in skipped.values() for each in found)


def test_clients_start_executions_on_the_alias(template: Template) -> None:
    """The alias lets a release take over gradually."""
    assert template["Outputs"]["DelayStateMachineArn"]["Value"] == {"Ref": "DelayStateMachineAlias"}


def test_alias_can_be_removed(template: Template) -> None:
    """Only an output refers to it, and only the alias to the version: local clouds may support neither."""
    resources = {name: json.dumps(body) for name, body in template["Resources"].items()}
    assert [name for name, text in resources.items() if '"DelayStateMachineAlias"' in text] == []
    users = [name for name, text in resources.items() if '"DelayStateMachineVersion"' in text]
    assert users == ["DelayStateMachineAlias"]
