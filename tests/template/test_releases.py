"""What becomes of versions when the template is deployed anew, as SAM renders it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template.test_lint import lint

Template = dict[str, Any]
Render = Callable[..., Template]

GRADUAL = {"Canary10Percent10Minutes": "CANARY", "Linear10PercentEvery10Minutes": "LINEAR"}


def of_type(template: Template, type_: str) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in template["Resources"].items() if body["Type"] == type_}


def version_of(template: Template) -> str:
    """Name the function's version; another name is another version."""
    (name,) = of_type(template, "AWS::Lambda::Version")
    return name


def test_new_code_is_a_new_version_and_the_old_one_stays(rendered: Render) -> None:
    """For a task that waits may call it in a year."""
    first, second = (rendered({"CodeUri": f"s3://bucket/{code}"}) for code in ("first", "second"))
    assert version_of(first) != version_of(second)
    assert first["Resources"][version_of(first)]["DeletionPolicy"] == "Retain"


def test_a_changed_property_of_the_function_is_a_new_version(rendered: Render) -> None:
    """Not its code alone."""
    assert version_of(rendered({"MemorySize": 512})) != version_of(rendered())


def test_a_parameter_s_new_value_alone_is_none(rendered: Render) -> None:
    """SAM compares what the template says, not what it comes to: docs/how-to/upgrade.md says what to do."""
    assert version_of(rendered(LogLevel="INFO")) == version_of(rendered(LogLevel="DEBUG"))


def test_a_task_calls_the_version_that_it_was_scheduled_with_unless_told_otherwise(rendered: Render) -> None:
    """An execution keeps its definition, and that names a version, or else the alias."""
    made = rendered()
    machine = made["Resources"]["DelayStateMachine"]["Properties"]
    assert machine["DefinitionSubstitutions"]["HelloWorldFunctionArn"] == {
        "Fn::If": ["CallsAlias", {"Ref": "HelloWorldFunctionAliaslive"}, {"Ref": version_of(made)}]
    }
    assert made["Parameters"]["CalledFunction"]["Default"] == "version"


@pytest.mark.parametrize("type_", ["AWS::Lambda::Alias", "AWS::StepFunctions::StateMachineAlias"])
def test_both_aliases_are_called_live(rendered: Render, type_: str) -> None:
    """The function's and the state machine's."""
    assert [alias["Properties"]["Name"] for alias in of_type(rendered(), type_).values()] == ["live"]


def test_versions_of_the_state_machine_stay(template: Template) -> None:
    """A gradual release goes back to the one before."""
    version = template["Resources"]["DelayStateMachineVersion"]
    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("release", GRADUAL)
def test_a_gradual_release_goes_back_when_tasks_fail(template: Template, release: str) -> None:
    """A tenth at first, and ten minutes to each step, while alarms watch."""
    assert template["Mappings"]["Releases"][release]["StateMachine"] == GRADUAL[release]
    preference = template["Resources"]["DelayStateMachineAlias"]["Properties"]["DeploymentPreference"]
    for member in ("Percentage", "Interval"):
        assert preference[member] == {"Fn::If": ["ReleasesGradually", 10, {"Ref": "AWS::NoValue"}]}
    alarms = [{"Ref": "FailedExecutionsAlarm"}, {"Ref": "TimedOutExecutionsAlarm"}]
    assert preference["Alarms"]["Fn::If"][:2] == ["ReleasesGradually", alarms]


def test_every_release_that_can_be_chosen_is_known(template: Template) -> None:
    """To the function's alias and to the state machine's."""
    releases = template["Mappings"]["Releases"]
    assert list(releases) == template["Parameters"]["Release"]["AllowedValues"]
    assert [release["Function"] for release in releases.values()] == list(releases)


def test_calls_are_shifted_only_where_tasks_call_the_alias(rendered: Render) -> None:
    """CodeDeploy has nothing to shift otherwise, and would only make a deployment longer."""
    assert of_type(rendered(), "AWS::CodeDeploy::DeploymentGroup") == {}
    (group,) = of_type(rendered(CalledFunction="live"), "AWS::CodeDeploy::DeploymentGroup").values()
    watched = [alarm["Name"] for alarm in group["Properties"]["AlarmConfiguration"]["Alarms"]]
    assert watched == [{"Ref": "FunctionErrorsAlarm"}, {"Ref": "FunctionThrottlesAlarm"}]


def test_what_is_deployed_has_no_findings(rendered: Render, tmp_path: Path) -> None:
    """With all that a deployment may have, the gradual shifting of calls too."""
    made = rendered(CalledFunction="live", Release="Canary10Percent10Minutes")
    del made["Mappings"]["Shifting"]  # SAM has looked it up already
    deployed = tmp_path / "deployed.json"
    deployed.write_text(json.dumps(made))
    assert lint(deployed) == (0, "")
