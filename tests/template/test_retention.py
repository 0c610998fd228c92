"""Nothing with waiting work in it is deleted or replaced silently, even if it is renamed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

Template = dict[str, Any]

RETAINED = {
    "AWS::DynamoDB::Table": "waiting tasks, and records of finished ones",
    "AWS::IAM::Role": "a waiting task's execution and its function run with it",
    "AWS::IAM::RolePolicy": "a right that a waiting task needs",
    "AWS::Lambda::Alias": "a waiting task calls it",
    "AWS::Lambda::Function": "a waiting task calls it",
    "AWS::Lambda::Version": "a waiting task calls it",
    "AWS::SQS::Queue": "failed tasks, and tasks due soon",
    "AWS::Serverless::Function": "a waiting task calls it",
    "AWS::StepFunctions::StateMachine": "waiting tasks",
    "AWS::StepFunctions::StateMachineAlias": "clients start tasks on it",
    "AWS::StepFunctions::StateMachineVersion": "clients start tasks on it by the alias",
}
RECREATED = {
    "AWS::CloudWatch::Alarm": "follows metrics, which CloudWatch keeps",
    "AWS::CloudWatch::Dashboard": "follows metrics, which CloudWatch keeps",
    "AWS::CodeDeploy::Application": "used during a release",
    "AWS::CodeDeploy::DeploymentGroup": "used during a release",
    "AWS::Events::Rule": "keeps no events",
    "AWS::IAM::ManagedPolicy": "for callers: IAM refuses to delete it while it is attached",
    "AWS::Lambda::EventInvokeConfig": "keeps nothing",
    "AWS::Lambda::EventSourceMapping": "keeps nothing",
    "AWS::Scheduler::Schedule": "keeps nothing",
    "AWS::Logs::LogGroup": "deleted with the stack, since the next stack of this name needs the name",
    "AWS::SNS::Topic": "keeps no messages",
    "AWS::SQS::QueuePolicy": "keeps nothing",
}
NOT_OF_TASKS = {
    "CanaryRole",
    "CodeDeployServiceRole",
    "ReconciliationFunction",
    "ReconciliationRole",
    "ReconciliationScheduleRole",
    "TableCallAccess",
    "TableCallFunction",
    "TableCallFunctionAliaslive",
    "TableDrainFunction",
    "TableDrainRole",
    "TableDrainScheduleRole",
    "TableSweepFunction",
    "TableSweepRole",
    "TableSweepScheduleRole",
}
"""The resources that no waiting task needs: of releases (SAM's own), of watching, and of the table.

A task of the table is not tied to a function: the new one takes the rows over from the former one.
"""

POLICIES = [
    "HelloWorldFunctionAccess",
    "DelayStateMachineKeyAccess",
    "IdempotencyAccess",
    "IdempotencyKeyAccess",
]


def is_version_of_table(name: str) -> bool:
    """Test for a version of the function that tasks of the table call, whose name ends in a hash of SAM's."""
    return name.startswith("TableCallFunctionVersion")


def test_every_type_of_resource_is_classified(template: Template, rendered: Callable[..., Template]) -> None:
    """A new type is either retained or safe to recreate, and its author decides which."""
    resources = [*template["Resources"].values(), *rendered(CalledFunction="live")["Resources"].values()]
    assert {body["Type"] for body in resources} == RETAINED.keys() | RECREATED.keys()


def test_resource_with_waiting_work_is_retained(
    template: Template, rendered: Callable[..., Template]
) -> None:
    """DeletionPolicy covers renamed resources and deleted stacks, UpdateReplacePolicy changed properties."""
    resources = (
        template["Resources"]
        | rendered(CalledFunction="live", Release="Canary10Percent10Minutes")["Resources"]
    )
    policies = {
        name: (body.get("DeletionPolicy"), body.get("UpdateReplacePolicy"))
        for name, body in resources.items()
        if body["Type"] in RETAINED and name not in NOT_OF_TASKS and not is_version_of_table(name)
    }
    assert len(policies) > 10
    assert {name: found for name, found in policies.items() if found != ("Retain", "Retain")} == {}


def test_versions_that_tasks_of_the_table_call_are_deleted(rendered: Callable[..., Template]) -> None:
    """No row names a version, and SAM would retain each, 18 MB a release."""
    found = {name: body for name, body in rendered()["Resources"].items() if is_version_of_table(name)}
    assert [body["DeletionPolicy"] for body in found.values()] == ["Delete"]


def test_table_can_be_deleted_with_its_stack(template: Template) -> None:
    """Its policies retain it; protection by DynamoDB would end `make delete` with an error."""
    table = template["Resources"]["TaskTable"]
    assert "DeletionProtectionEnabled" not in table["Properties"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_retained_resource_has_a_generated_name(template: Template) -> None:
    """Its replacement could not have the same name."""
    names = ("FunctionName", "StateMachineName", "TableName", "QueueName")
    retained = [body for body in template["Resources"].values() if body["Type"] in RETAINED]
    assert [
        body
        for body in retained
        if body["Type"] != "AWS::IAM::RolePolicy" and {*names, "RoleName"} & body["Properties"].keys()
    ] == []


def test_log_group_of_another_name_is_added_to_the_former_one(template: Template) -> None:
    """A retained function writes to the former log group."""
    groups = [body for body in template["Resources"].values() if body["Type"] == "AWS::Logs::LogGroup"]
    assert [(group["DeletionPolicy"], group["UpdateReplacePolicy"]) for group in groups] == [
        ("Delete", "Retain")
    ] * 6


def list_names(value: object, candidates: set[str]) -> set[str]:
    """Return those of the names that a part of the template refers to."""
    return candidates & set(re.findall(r"\w+", json.dumps(value)))


def test_change_of_a_policys_name_replaces_the_policy() -> None:
    """So the former one is retained. A policy of the type AWS::IAM::Policy is renamed in place."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::IAM::RolePolicy").schema
    assert set(schema["createOnlyProperties"]) == {"/properties/PolicyName", "/properties/RoleName"}


@pytest.mark.parametrize("name", POLICIES)
def test_right_is_named_after_the_resource_that_it_is_for(template: Template, name: str) -> None:
    """The role of a waiting task keeps its right on a replaced resource, by the former policy."""
    replaced = {key for key, body in template["Resources"].items() if body["Type"] in RETAINED} | {
        "FunctionArn",
        "KmsKeyArn",
    }
    policy = template["Resources"][name]["Properties"]
    used = list_names(policy["PolicyDocument"], replaced)
    assert used
    assert used <= list_names(policy["PolicyName"], replaced)


def test_rights_on_retained_resources_are_separate_policies(template: Template) -> None:
    """A policy inside a role is changed in place, and the right on the former resource would be lost."""
    replaced = {key for key, body in template["Resources"].items() if body["Type"] in RETAINED}
    roles = {
        key: body
        for key, body in template["Resources"].items()
        if body["Type"] == "AWS::IAM::Role" and key not in NOT_OF_TASKS
    }
    assert {key: list_names(body["Properties"]["Policies"], replaced) for key, body in roles.items()} == {
        key: set() for key in roles
    }
    separate = {key for key, body in template["Resources"].items() if body["Type"] == "AWS::IAM::RolePolicy"}
    assert separate - NOT_OF_TASKS == set(POLICIES)


def test_names_of_policies_fit(template: Template) -> None:
    """IAM allows 128 characters; a name has at most a key's 36 and a state machine's 80."""
    key = template["Resources"]["DelayStateMachineKeyAccess"]["Properties"]["PolicyName"]["Fn::Sub"]
    text = key[0].replace("${Key}", "k" * 36).replace("${DelayStateMachine.Name}", "m" * 80)
    assert len(text) <= 128


def test_alias_waits_for_the_right_to_call_the_function(template: Template) -> None:
    """No task starts before its execution may call."""
    assert template["Resources"]["DelayStateMachineAlias"]["DependsOn"] == "HelloWorldFunctionAccess"


def test_production_says_how_it_is_protected_from_deletion(root: Path) -> None:
    """`sam deploy` has no option for termination protection."""
    command = "aws cloudformation update-termination-protection --enable-termination-protection"
    assert command in root.joinpath("samconfig.toml").read_text()
    assert command in root.joinpath("docs/how-to/deploy.md").read_text()
