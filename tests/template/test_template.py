"""What template.yaml promises, read as data."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Template = dict[str, Any]

EXPLANATION = '# "*" because: '


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in template["Resources"].items() if body["Type"] == kind}


def statements(template: Template, role: str) -> Iterator[dict[str, Any]]:
    for policy in template["Resources"][role]["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_everything_that_a_person_sets_or_reads_is_described(template: Template, section: str) -> None:
    """Every parameter and every output has a Description that is a sentence."""
    descriptions = {name: body.get("Description", "") for name, body in template[section].items()}
    assert [name for name, text in descriptions.items() if not re.fullmatch(r"[A-Z].*\S", text)] == []


def test_every_parameter_has_a_default_among_its_allowed_values(template: Template) -> None:
    """A first deployment asks nothing, and a typing error is refused before anything is created."""
    parameters = template["Parameters"]
    assert {
        name for name, body in parameters.items() if body["Default"] not in body["AllowedValues"]
    } == set()


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


def test_payloads_stay_out_of_the_logs(template: Template) -> None:
    """Payloads may name people: the execution log leaves input and output out."""
    machine = template["Resources"]["DelayStateMachine"]["Properties"]
    assert machine["Logging"]["IncludeExecutionData"] is False


def test_executions_wait_for_up_to_a_year(template: Template) -> None:
    """An Express workflow ends after five minutes, a Standard one after a year."""
    assert template["Resources"]["DelayStateMachine"]["Properties"]["Type"] == "STANDARD"


def test_an_execution_may_call_one_function_only(template: Template) -> None:
    """The state machine's role invokes the function of this template and nothing else of Lambda."""
    found = [
        (action, statement["Resource"])
        for statement in statements(template, "DelayStateMachineRole")
        for action in actions(statement)
        if action.startswith("lambda:")
    ]
    assert found == [("lambda:InvokeFunction", {"Fn::GetAtt": "HelloWorldFunction.Arn"})]


def test_permissions_name_every_action(template: Template) -> None:
    """No role has an action by wildcard."""
    granted = [
        action
        for role in resources(template, "AWS::IAM::Role")
        for statement in statements(template, role)
        for action in actions(statement)
    ]
    assert granted
    assert [action for action in granted if not re.fullmatch(r"[a-z]+:[A-Za-z]+", action)] == []


def test_every_star_is_explained(root: Path) -> None:
    """A line with a star has the reason for it on the line above."""
    lines = root.joinpath("template.yaml").read_text().splitlines()
    stars = [number for number, line in enumerate(lines) if "*" in line.partition("#")[0]]
    assert stars
    assert [lines[number] for number in stars if EXPLANATION not in lines[number - 1]] == []


def test_only_this_account_can_use_the_role_of_the_state_machine(template: Template) -> None:
    """Step Functions acts for many accounts; it takes this role for state machines of this one alone."""
    role = template["Resources"]["DelayStateMachineRole"]["Properties"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert set(condition["ArnLike"]) == {"aws:SourceArn"}


def test_function_runs_shorter_than_the_task_waits(template: Template, definition: dict[str, Any]) -> None:
    """A call that the Task gives up is then one whose answer was lost, not one that still runs."""
    function = template["Resources"]["HelloWorldFunction"]["Properties"]
    assert function["Timeout"] < definition["States"]["CallFunction"]["TimeoutSeconds"]


def test_definition_is_filled_in(root: Path, template: Template) -> None:
    """Each `${...}` of the definition has its value in the template, and each value its place."""
    machine = template["Resources"]["DelayStateMachine"]["Properties"]
    text = root.joinpath(machine["DefinitionUri"]).read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(machine["DefinitionSubstitutions"])


def test_metrics_have_a_namespace(template: Template) -> None:
    """Powertools refuses to write a metric that has none."""
    variables = template["Resources"]["HelloWorldFunction"]["Properties"]["Environment"]["Variables"]
    assert {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"} < variables.keys()
