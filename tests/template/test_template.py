"""What template.yaml promises, read as data."""

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
    """Tell whether what is out of place is refused before anything is created."""
    if "AllowedValues" in parameter:
        return parameter["Default"] in parameter["AllowedValues"]
    if parameter["Type"] == "Number":
        return bool(parameter["MinValue"] <= parameter["Default"] <= parameter["MaxValue"])
    fits = re.fullmatch(parameter["AllowedPattern"], parameter["Default"])
    return bool(fits) and {"MaxLength", "ConstraintDescription"} < parameter.keys()


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_everything_that_a_person_sets_or_reads_is_described(template: Template, section: str) -> None:
    """Every parameter and every output has a Description that is a sentence."""
    descriptions = {name: body.get("Description", "") for name, body in template[section].items()}
    assert [name for name, text in descriptions.items() if not re.fullmatch(r"[A-Z].*\S", text)] == []


def test_every_parameter_is_bounded_and_its_default_within_the_bounds(template: Template) -> None:
    """A first deployment asks nothing, and a typing error is refused before anything is created."""
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
    ],
)
def test_text_that_is_none_of_its_kind_is_refused(
    template: Template, name: str, value: str, *, allowed: bool
) -> None:
    """An alias of a key, for one: IAM knows keys by their own ARN alone."""
    assert bool(re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)) is allowed


def test_runtimes_are_the_pythons_that_the_project_supports(template: Template) -> None:
    """Each Python from 3.11 to 3.14 can build and run the function."""
    assert template["Parameters"]["PythonRuntime"]["AllowedValues"] == [
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
    ]


def test_every_log_group_forgets(template: Template) -> None:
    """No log group keeps its lines for ever, and each says what becomes of it."""
    groups = resources(template, "AWS::Logs::LogGroup")
    assert len(groups) == 2
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert {"DeletionPolicy", "UpdateReplacePolicy"} < group.keys()


def test_function_logs_to_the_group_that_forgets(template: Template) -> None:
    """Lambda would make a group of its own, with no end to it, for a function that names none."""
    function = template["Resources"]["HelloWorldFunction"]["Properties"]
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": "HelloWorldFunctionLogGroup"}


def test_execution_log_has_the_prefix_for_vended_logs(template: Template) -> None:
    """Other names need room in a resource policy of 5,120 characters that the whole account shares."""
    group = template["Resources"]["DelayStateMachineLogGroup"]["Properties"]
    assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/")


def test_payloads_stay_out_of_the_logs_unless_they_are_wanted_there(template: Template) -> None:
    """Payloads may name people: the execution log leaves input and output out by default."""
    machine = template["Resources"]["DelayStateMachine"]["Properties"]
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] == {"Ref": "LogExecutionData"}
    assert template["Parameters"]["LogExecutionData"]["Default"] == "false"


def test_executions_wait_for_up_to_a_year(template: Template) -> None:
    """An Express workflow ends after five minutes, a Standard one after a year."""
    assert template["Resources"]["DelayStateMachine"]["Properties"]["StateMachineType"] == "STANDARD"


def test_every_star_is_explained(root: Path) -> None:
    """A line with a star has the reason for it on the line above."""
    lines = root.joinpath("template.yaml").read_text().splitlines()
    stars = [number for number, line in enumerate(lines) if "*" in line.partition("#")[0]]
    assert stars
    assert [lines[number] for number in stars if EXPLANATION not in lines[number - 1]] == []


def test_function_runs_shorter_than_the_task_waits(template: Template, definition: dict[str, Any]) -> None:
    """A call that the Task gives up is then one whose answer was lost, not one that still runs."""
    function = template["Resources"]["HelloWorldFunction"]["Properties"]
    assert function["Timeout"] < definition["States"]["CallFunction"]["TimeoutSeconds"]


def test_definition_is_filled_in(root: Path, template: Template) -> None:
    """Each `${...}` of the definition has its value in the template, and each value its place."""
    machine = template["Resources"]["DelayStateMachine"]["Properties"]
    text = root.joinpath(machine["DefinitionS3Location"]).read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(machine["DefinitionSubstitutions"])


def test_metrics_have_a_namespace(template: Template) -> None:
    """Powertools refuses to write a metric that has none."""
    variables = template["Resources"]["HelloWorldFunction"]["Properties"]["Environment"]["Variables"]
    assert {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"} < variables.keys()


def test_every_output_is_told_of(root: Path, template: Template) -> None:
    """What a stack gives out, a page says what it is for."""
    pages = "".join(page.read_text() for page in root.joinpath("docs").glob("**/*.md"))
    assert [name for name in template["Outputs"] if f"`{name}`" not in pages] == []


def test_every_parameter_is_told_of(root: Path, template: Template) -> None:
    """What a deployment can choose, a page says when to choose it."""
    pages = "".join(page.read_text() for page in root.joinpath("docs").glob("**/*.md"))
    assert [name for name in template["Parameters"] if f"`{name}`" not in pages] == []


def test_clients_find_the_alias(template: Template) -> None:
    """Tasks are started on it, so that a release can take over little by little."""
    assert template["Outputs"]["DelayStateMachineArn"]["Value"] == {"Ref": "DelayStateMachineAlias"}


def test_the_alias_can_be_left_out(template: Template) -> None:
    """Nothing but an output refers to it, and nothing else to the version: local clouds may know neither."""
    resources = {name: json.dumps(body) for name, body in template["Resources"].items()}
    assert [name for name, text in resources.items() if '"DelayStateMachineAlias"' in text] == []
    users = [name for name, text in resources.items() if '"DelayStateMachineVersion"' in text]
    assert users == ["DelayStateMachineAlias"]
