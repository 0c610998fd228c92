"""The versions and aliases of a repeated deployment, as SAM renders the template."""

from collections.abc import Callable
from typing import Any

import pytest

Template = dict[str, Any]
Render = Callable[..., Template]

GRADUAL = {"Canary10Percent10Minutes": "CANARY", "Linear10PercentEvery10Minutes": "LINEAR"}


def of_type(template: Template, type_: str) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in template["Resources"].items() if body["Type"] == type_}


def version_of(template: Template) -> str:
    """Return the logical name of the function's version: a new name is a new version."""
    (name,) = (name for name in of_type(template, "AWS::Lambda::Version") if name.startswith("HelloWorld"))
    return name


def watched_by(group: Template) -> list[str]:
    """Return the alarms that roll a deployment group's release back."""
    return [alarm["Name"]["Ref"] for alarm in group["Properties"]["AlarmConfiguration"]["Alarms"]]


def test_new_code_creates_a_version_and_retains_the_old_one(rendered: Render) -> None:
    """A waiting task may call the old version in a year."""
    first, second = (rendered({"CodeUri": f"s3://bucket/{code}"}) for code in ("first", "second"))
    assert version_of(first) != version_of(second)
    assert first["Resources"][version_of(first)]["DeletionPolicy"] == "Retain"


def test_changed_property_of_the_function_creates_a_version(rendered: Render) -> None:
    """This holds for properties other than its code."""
    assert version_of(rendered({"MemorySize": 512})) != version_of(rendered())


def test_changed_value_of_a_parameter_creates_no_version(rendered: Render) -> None:
    """SAM compares the template before it inserts values: docs/how-to/upgrade.md gives the workaround."""
    assert version_of(rendered(LogLevel="INFO")) == version_of(rendered(LogLevel="DEBUG"))


def test_task_calls_the_version_that_it_was_scheduled_with_by_default(rendered: Render) -> None:
    """An execution keeps its definition, which names a version, or the alias if the parameter is live."""
    made = rendered()
    machine = made["Resources"]["DelayStateMachine"]["Properties"]
    existing, function, own = machine["DefinitionSubstitutions"]["HelloWorldFunctionArn"]["Fn::If"]
    assert (existing, function) == ("HasFunctionArn", {"Ref": "FunctionArn"})
    assert own == {
        "Fn::If": ["CallsAlias", {"Ref": "HelloWorldFunctionAliaslive"}, {"Ref": version_of(made)}]
    }
    assert made["Parameters"]["CalledFunction"]["Default"] == "version"


@pytest.mark.parametrize("type_", ["AWS::Lambda::Alias", "AWS::StepFunctions::StateMachineAlias"])
def test_every_alias_is_named_live(rendered: Render, type_: str) -> None:
    """Both functions with the handler and the state machine have one alias each."""
    names = [alias["Properties"]["Name"] for alias in of_type(rendered(), type_).values()]
    assert set(names) == {"live"}


def test_versions_of_the_state_machine_are_retained(template: Template) -> None:
    """A gradual release rolls back to the previous version."""
    version = template["Resources"]["DelayStateMachineVersion"]
    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("release", GRADUAL)
def test_gradual_release_rolls_back_if_tasks_fail(template: Template, release: str) -> None:
    """It starts with a tenth of the tasks and takes ten minutes a step, and two alarms end it."""
    assert template["Mappings"]["Releases"][release]["StateMachine"] == GRADUAL[release]
    preference = template["Resources"]["DelayStateMachineAlias"]["Properties"]["DeploymentPreference"]
    for member in ("Percentage", "Interval"):
        assert preference[member] == {"Fn::If": ["ReleasesGradually", 10, {"Ref": "AWS::NoValue"}]}
    alarms = [{"Ref": "FailedExecutionsAlarm"}, {"Ref": "TimedOutExecutionsAlarm"}]
    assert preference["Alarms"]["Fn::If"][:2] == ["ReleasesGradually", alarms]


def test_every_allowed_release_is_mapped(template: Template) -> None:
    """The function's alias and the state machine's alias need one value each."""
    releases = template["Mappings"]["Releases"]
    assert list(releases) == template["Parameters"]["Release"]["AllowedValues"]
    assert [release["Function"] for release in releases.values()] == list(releases)


def test_calls_are_shifted_only_if_tasks_call_the_alias(rendered: Render) -> None:
    """Otherwise CodeDeploy has nothing to shift, and would only make a deployment longer."""
    assert of_type(rendered(), "AWS::CodeDeploy::DeploymentGroup") == {}
    (group,) = of_type(rendered(CalledFunction="live"), "AWS::CodeDeploy::DeploymentGroup").values()
    assert watched_by(group) == ["FunctionErrorsAlarm", "FunctionThrottlesAlarm"]


@pytest.mark.parametrize("called", ["version", "live"])
def test_gradual_release_shifts_the_calls_of_the_table(rendered: Render, called: str) -> None:
    """A task of the table has no version of its own, so its calls always follow the alias."""
    made = rendered(CalledFunction=called, Release="Linear10PercentEvery10Minutes")
    group = made["Resources"]["TableCallFunctionDeploymentGroup"]
    assert group["Condition"] == "HasTaskTable"
    assert watched_by(group) == ["TableFailedTasksAlarm", "TableCallErrorsAlarm", "TableCallThrottlesAlarm"]
    assert list(made["Mappings"]["TableShifting"]) == list(made["Mappings"]["Releases"])


def test_queue_of_the_table_calls_the_alias(rendered: Render) -> None:
    """Otherwise a release would reach all calls at once."""
    mapping = rendered()["Resources"]["TaskQueueMapping"]["Properties"]
    assert mapping["FunctionName"] == {"Ref": "TableCallFunctionAliaslive"}
