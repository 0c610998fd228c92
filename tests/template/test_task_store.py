"""The table of tasks, which is there with TaskStore=both alone."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from delay.planning.services.table_store.protocol import KEEP_SECONDS, MEMORY_GB
from tests.template.conditions import deployed

Template = dict[str, Any]
Render = Callable[..., Template]

FUNCTIONS = ["TableDrainFunction", "TableSweepFunction", "TableCallFunction"]
SCHEDULED = ["TableDrain", "TableSweep"]
TABLE_PREFIXES = ("Table", "Task")
ARN = "arn:aws:lambda:us-east-1:123456789012:function:checkout:live"

OWN_TO_THE_CALL = {
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "CodeUri",
    "DeploymentPreference",
    "Description",
    "Environment",
    "Handler",
    "LoggingConfig",
    "ReservedConcurrentExecutions",
}
"""Properties of the call function whose values are its own, or tested elsewhere."""


def properties(template: Template, name: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][name]["Properties"]
    return found


def variables(template: Template, name: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(template, name)["Environment"]["Variables"]
    return found


def without_table(template: Template) -> Template:
    """Return the template as it would be if the table did not exist."""
    source = copy.deepcopy(template)
    for section in ("Resources", "Outputs"):
        kept = {
            name: body for name, body in source[section].items() if body.get("Condition") != "HasTaskTable"
        }
        source[section] = kept
    body = source["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    body[0] = body[0].replace("${TableGraphs}", "")
    del body[1]["TableGraphs"]
    del source["Conditions"]["HasTaskTable"]
    return source


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"CalledFunction": "live", "Release": "Canary10Percent10Minutes", "IdempotencyTable": "true"},
        {"FunctionArn": ARN, "TaskStore": "both"},
    ],
    ids=["defaults", "gradual", "another-function"],
)
def test_stack_of_executions_is_the_same_without_the_table(
    template: Template, rendered: Render, parameters: dict[str, str]
) -> None:
    """The table costs a stack without it nothing and changes none of its resources."""
    alone = rendered(source=without_table(template), **parameters)
    assert deployed(rendered(**parameters), **parameters) == deployed(alone, **parameters)


def test_no_resource_without_the_condition_refers_to_the_table(template: Template) -> None:
    """CloudFormation would refuse the reference."""
    rest = without_table(template)["Resources"]
    table = template["Resources"].keys() - rest.keys()
    assert [name for name in table if f'"{name}"' in json.dumps(rest)] == []
    assert [name for name in rest if name.startswith(TABLE_PREFIXES)] == []


def test_both_stores_add_to_the_resources_of_executions(rendered: Render) -> None:
    """A stack that gets a table keeps all that it has."""
    made = rendered()
    executions, both = (deployed(made, TaskStore=store)["Resources"] for store in ("executions", "both"))
    added = both.keys() - executions.keys()
    assert {"TaskTable", "TaskQueue", "TableDeadLetterQueue", "TaskQueueMapping", *FUNCTIONS} < added
    kept = {name: body for name, body in both.items() if name not in added | {"Dashboard"}}
    assert kept == {name: body for name, body in executions.items() if name != "Dashboard"}


def test_table_is_refused_with_an_existing_function(template: Template) -> None:
    """That function does not claim its task in the table, so it could be called twice at once."""
    rule = template["Rules"]["TaskTableHasOwnFunction"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "TaskStore"}, "both"]}
    assert [each["Assert"] for each in rule["Assertions"]] == [{"Fn::Equals": [{"Ref": "FunctionArn"}, ""]}]
    assert template["Conditions"]["HasTaskTable"]["Fn::And"][0] == {"Condition": "HasOwnFunction"}


def test_limit_of_concurrency_is_refused_with_pollers(template: Template) -> None:
    """Lambda knows one or the other."""
    rule = template["Rules"]["PollersOrConcurrency"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "TableConcurrency"}, 0]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {
        "Fn::And": [
            {"Fn::Equals": [{"Ref": "TablePollersMinimum"}, 0]},
            {"Fn::Equals": [{"Ref": "TablePollersMaximum"}, 0]},
        ]
    }


def test_rules_survive_the_translation(template: Template, rendered: Render) -> None:
    """CloudFormation asserts them in the translated template."""
    assert rendered()["Rules"] == template["Rules"]


def test_laptop_runs_every_part_of_the_table(template: Template) -> None:
    """None is marked as of use on AWS alone."""
    table = [body for body in template["Resources"].values() if body.get("Condition") == "HasTaskTable"]
    assert len(table) > 25
    assert [body for body in table if "AwsOnly" in body.get("Metadata", {})] == []


def test_table_keeps_rows_until_they_expire(template: Template) -> None:
    """It is paid for by use, can be restored to any second of 35 days, and drops ended tasks by itself."""
    table = properties(template, "TaskTable")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]} == {
        "pk": "S",
        "sk": "S",
    }
    assert [(each["AttributeName"], each["KeyType"]) for each in table["KeySchema"]] == [
        ("pk", "HASH"),
        ("sk", "RANGE"),
    ]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_lease_outlives_the_call_and_the_message_outlives_the_lease(template: Template) -> None:
    """Two calls of one task do not overlap, and a message comes back after the lease of a lost call."""
    timeout = properties(template, "TableCallFunction")["Timeout"]
    leases = {variables(template, name)["TASK_LEASE_SECONDS"] for name in FUNCTIONS}
    assert leases == {str(timeout + 15)}
    assert properties(template, "TaskQueue")["VisibilityTimeout"] == timeout * 6 > timeout + 15


def test_row_counts_attempts_before_the_queue_does(template: Template) -> None:
    """SQS also counts messages that are given back, so it allows more receives than the row allows calls."""
    redrive = properties(template, "TaskQueue")["RedrivePolicy"]
    assert redrive == {
        "deadLetterTargetArn": {"Fn::GetAtt": "TableDeadLetterQueue.Arn"},
        "maxReceiveCount": 10,
    }
    assert template["Parameters"]["TableAttempts"]["MaxValue"] < redrive["maxReceiveCount"]


@pytest.mark.parametrize("name", ["TaskQueue", "TableDeadLetterQueue"])
def test_queue_of_the_table_keeps_encrypted_messages_for_14_days(template: Template, name: str) -> None:
    """SQS encrypts it if there is no key."""
    queue = properties(template, name)
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] == {"Fn::If": ["HasKey", {"Ref": "AWS::NoValue"}, True]}


def test_functions_of_the_table_have_the_same_settings(template: Template) -> None:
    """They agree on the table, its queues, leases and attempts."""
    settings = [
        {name: value for name, value in variables(template, function).items() if name.startswith("TASK_")}
        for function in FUNCTIONS
    ]
    assert settings == [settings[0]] * len(FUNCTIONS)
    assert settings[0] == {
        "TASK_TABLE": {"Ref": "TaskTable"},
        "TASK_QUEUE_URL": {"Ref": "TaskQueue"},
        "TASK_DEAD_LETTER_QUEUE_URL": {"Ref": "TableDeadLetterQueue"},
        "TASK_KEEP_SECONDS": {"Fn::FindInMap": ["Days", {"Ref": "TableKeepDays"}, "Seconds"]},
        "TASK_ATTEMPTS": {"Ref": "TableAttempts"},
        "TASK_LEASE_SECONDS": "45",
        "TASK_RECORDS_END": {"Ref": "TableRecordsEnd"},
    }


def test_every_allowed_number_of_days_has_its_seconds(template: Template) -> None:
    """CloudFormation does not multiply. They are text, as the values of environment variables must be."""
    allowed = template["Parameters"]["TableKeepDays"]["AllowedValues"]
    assert template["Mappings"]["Days"] == {str(days): {"Seconds": str(days * 24 * 3600)} for days in allowed}


def test_call_runs_the_handler_as_the_other_function_does(template: Template) -> None:
    """Runtime, memory, timeout, role and variables are the same in both stores."""
    call, other = (properties(template, name) for name in ("TableCallFunction", "HelloWorldFunction"))
    assert call.keys() == other.keys()
    assert {key: call[key] for key in call.keys() - OWN_TO_THE_CALL} == {
        key: other[key] for key in other.keys() - OWN_TO_THE_CALL
    }
    assert call["CodeUri"] == other["CodeUri"]
    assert (
        variables(template, "HelloWorldFunction").items() <= variables(template, "TableCallFunction").items()
    )


def test_plan_computes_with_the_values_of_the_template(template: Template) -> None:
    """`delay plan` and docs/why/cost.md have the bill of a stack with the defaults."""
    assert properties(template, "TableDrainFunction")["MemorySize"] == {"Ref": "TableDrainMemory"}
    sizes = {properties(template, name)["MemorySize"] for name in FUNCTIONS if name != "TableDrainFunction"}
    sizes.add(template["Parameters"]["TableDrainMemory"]["Default"])
    assert {size / 1024 for size in sizes} == {MEMORY_GB}
    assert template["Parameters"]["TableKeepDays"]["Default"] * 24 * 3600 == KEEP_SECONDS


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("TableDrainFunction", "task_table.functions.drain"),
        ("TableSweepFunction", "task_table.functions.sweep"),
        ("TableCallFunction", "delayed_task.queued.lambda_handler"),
    ],
)
def test_function_of_the_table_has_its_entry_point(template: Template, name: str, handler: str) -> None:
    """All three are in the folder of the function, and so in one build."""
    assert properties(template, name)["Handler"] == handler
    assert properties(template, name)["CodeUri"] == "hello_world/"


def test_common_code_is_built_once(template: Template) -> None:
    """`sam build` builds functions of one folder together if their Metadata are the same."""
    first, *rest = (template["Resources"][name]["Metadata"] for name in FUNCTIONS)
    assert rest == [first, first]


def test_mapping_returns_failed_tasks_alone(template: Template) -> None:
    """A batch does not wait to fill, and its other tasks are done."""
    mapping = properties(template, "TaskQueueMapping")
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": "TaskQueue.Arn"}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == {"Ref": "TableBatchSize"}
    assert template["Parameters"]["TableBatchSize"]["Default"] == 10
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert template["Resources"]["TaskQueueMapping"]["DependsOn"] == "TableCallAccess"


@pytest.mark.parametrize(
    ("parameters", "scaling", "pollers"),
    [
        ({}, None, None),
        ({"TableConcurrency": "50"}, {"MaximumConcurrency": {"Ref": "TableConcurrency"}}, None),
        ({"TablePollersMinimum": "5"}, None, {"MinimumPollers": {"Ref": "TablePollersMinimum"}}),
        ({"TablePollersMaximum": "500"}, None, {"MaximumPollers": {"Ref": "TablePollersMaximum"}}),
    ],
)
def test_mapping_has_pollers_only_if_asked(
    template: Template, parameters: dict[str, str], scaling: object, pollers: object
) -> None:
    """They cost money by the hour."""
    made = deployed(template, TaskStore="both", **parameters)["Resources"]["TaskQueueMapping"]["Properties"]
    assert (made.get("ScalingConfig"), made.get("ProvisionedPollerConfig")) == (scaling, pollers)


def test_no_concurrency_is_reserved_by_default(template: Template) -> None:
    """A new account has little of it."""
    chosen: tuple[dict[str, str], ...] = ({}, {"TableReservedConcurrency": "100"})
    made = [deployed(template, TaskStore="both", **parameters)["Resources"] for parameters in chosen]
    calls = [resources["TableCallFunction"]["Properties"] for resources in made]
    reserved = [call.get("ReservedConcurrentExecutions") for call in calls]
    assert reserved == [None, {"Ref": "TableReservedConcurrency"}]


@pytest.mark.parametrize("name", SCHEDULED)
def test_tick_comes_every_minute_and_is_not_repeated(template: Template, name: str) -> None:
    """The next tick does the work of a missed one: neither Scheduler nor Lambda retries it."""
    schedule, function = properties(template, f"{name}Schedule"), properties(template, f"{name}Function")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": f"{name}Function.Arn"}
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert function["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
    assert function["Timeout"] < 60  # so that two ticks do not overlap


@pytest.mark.parametrize("name", FUNCTIONS)
def test_metric_of_a_function_of_the_table_is_not_filtered(template: Template, name: str) -> None:
    """In the JSON format, Lambda drops metrics along with lines below its log level."""
    assert properties(template, name)["LoggingConfig"]["LogFormat"] == "Text"
    assert properties(template, name)["Tracing"] == "Active"


def test_outputs_of_the_table_exist_only_with_it(template: Template) -> None:
    """A client finds the table by its ARN alone."""
    conditional = [
        name for name, body in template["Outputs"].items() if body.get("Condition") == "HasTaskTable"
    ]
    assert conditional == [
        "TaskTableArn",
        "TaskQueueUrl",
        "TableDeadLetterQueueUrl",
        "TableCallFunctionName",
        "TableCallLogGroupName",
        "TableDrainFunctionName",
        "TableSweepFunctionName",
        "TableClientPolicyArn",
        "TableOperatorPolicyArn",
    ]


def test_environments_keep_executions_alone(root: Path) -> None:
    """A table is a decision, not a default."""
    assert "TaskStore" not in root.joinpath("samconfig.toml").read_text()
