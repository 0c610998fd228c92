"""The alarms and the dashboard that watch the tasks."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from delay.cli.main import delay
from task_table.transitions import FAILED_KEPT_SECONDS

Template = dict[str, Any]

NO_VALUE = {"Ref": "AWS::NoValue"}
METRICS = {
    "AWS/States": {
        "ExecutionThrottled",
        "ExecutionsAborted",
        "ExecutionsFailed",
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
        "OpenExecutionCount",
        "OpenExecutionLimit",
        "ThrottledEvents",
    },
    "AWS/Lambda": {"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"},
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
        "NumberOfMessagesDeleted",
        "NumberOfMessagesSent",
    },
    "AWS/Events": {"FailedInvocations", "InvocationsFailedToBeSentToDlq", "MatchedEvents"},
    "AWS/DynamoDB": {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    },
    "DelayedTasks": {"CursorBehindSeconds", "Lateness"},
}
"""Source: each service's page on its metrics in CloudWatch; the last are the functions' own."""

LOOK_AHEAD_SECONDS = 600
"""How far ahead of now the drain sends tasks to the queue."""

MAX_DELAY_SECONDS = 900
"""The longest DelaySeconds of SQS."""

OF_TABLE = {
    "TableCallDurationAlarm",
    "TableCallErrorsAlarm",
    "TableCallThrottlesAlarm",
    "TableCursorAlarm",
    "TableDeadLettersAlarm",
    "TableDrainAlarm",
    "TableExpiringLettersAlarm",
    "TableFailedTasksAlarm",
    "TableOldestMessageAlarm",
    "TableSweepAlarm",
    "TableThrottlesAlarm",
}


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, dict[str, Any]]:
    return {
        name: body["Properties"]
        for name, body in template["Resources"].items()
        if body["Type"] == "AWS::CloudWatch::Alarm"
    }


@pytest.fixture(scope="module")
def widgets(template: Template) -> list[dict[str, Any]]:
    body, variables = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    condition, graphs, none = variables["TableGraphs"]["Fn::If"]
    assert (condition, none) == ("HasTaskTable", "")
    return read_widgets(body, graphs["Fn::Sub"])


def read_widgets(body: str, table_graphs: str) -> list[dict[str, Any]]:
    """Parse a dashboard, with or without the graphs of the table."""
    whole = body.replace("${TableGraphs}", table_graphs)
    found: list[dict[str, Any]] = json.loads(re.sub(r"\$\{[^}]+\}", "x", whole))["widgets"]
    return found


def expand_metrics(widget: dict[str, Any]) -> list[list[str]]:
    """Return a widget's metrics in full: `.` repeats one part of the previous metric, `...` all of them."""
    names: list[list[str]] = []
    for metric in widget["properties"]["metrics"]:
        given = [part for part in metric if isinstance(part, str)]
        whole = given == ["..."]
        names.append(
            names[-1] if whole else [names[-1][at] if part == "." else part for at, part in enumerate(given)]
        )
    return names


def test_every_kind_of_failure_has_an_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    """These are failures of tasks, quotas, the function, and the delivery of failures."""
    assert set(alarms) == {
        "FailedExecutionsAlarm",
        "TimedOutExecutionsAlarm",
        "ThrottledStartsAlarm",
        "ThrottledTransitionsAlarm",
        "OpenExecutionsAlarm",
        "FunctionErrorsAlarm",
        "FunctionThrottlesAlarm",
        "FunctionDurationAlarm",
        "DeadLettersAlarm",
        "ExpiringLettersAlarm",
        "UndeliveredFailuresAlarm",
        "LostFailuresAlarm",
        "LateTasksAlarm",
        "ReconciliationAlarm",
        "CanaryAlarm",
        *OF_TABLE,
    }


def test_alarms_on_the_table_are_there_only_with_it(template: Template) -> None:
    """An alarm costs ten cents a month, and one on missing ticks would go off."""
    conditional = {
        name
        for name, body in template["Resources"].items()
        if body["Type"] == "AWS::CloudWatch::Alarm" and body.get("Condition") == "HasTaskTable"
    }
    assert conditional == OF_TABLE


def test_every_alarm_describes_the_problem_and_the_remedy(alarms: dict[str, dict[str, Any]]) -> None:
    """The description has two sentences or more, and at most CloudWatch's 1,024 characters."""
    for alarm in alarms.values():
        text = alarm["AlarmDescription"]
        assert len(re.findall(r"\.(?= |$)", text)) >= 2, text
        assert len(text) <= 1024


def test_commands_in_alarms_exist(alarms: dict[str, dict[str, Any]]) -> None:
    """A person woken at night must find them."""
    texts = "".join(alarm["AlarmDescription"] for alarm in alarms.values())
    named = set(re.findall(r"`delay (\w+)", texts))
    assert named == {"list", "redrive", "show"}
    assert named <= set(delay.list_commands(click.Context(delay)))


def test_every_alarm_notifies_the_address_and_the_topic(alarms: dict[str, dict[str, Any]]) -> None:
    """Both are optional parameters."""
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [
            {"Fn::If": ["HasAlarmEmail", {"Ref": "AlarmTopic"}, NO_VALUE]},
            {"Fn::If": ["HasNotifiedTopic", {"Ref": "NotifiedTopicArn"}, NO_VALUE]},
        ]


def test_every_threshold_that_may_differ_is_a_parameter(alarms: dict[str, dict[str, Any]]) -> None:
    """It is named after the alarm. The others report what must never happen, or a missing proof."""
    fixed = {name for name, alarm in alarms.items() if alarm["Threshold"] == 1}
    assert fixed == {
        "CanaryAlarm",
        "LostFailuresAlarm",
        "ReconciliationAlarm",
        "TableDrainAlarm",
        "TableSweepAlarm",
        "TimedOutExecutionsAlarm",
        "UndeliveredFailuresAlarm",
    }
    for name in alarms.keys() - fixed - {"LateTasksAlarm"}:
        assert alarms[name]["Threshold"] == {"Ref": f"{name}Threshold"}
    assert alarms["LateTasksAlarm"]["Threshold"] == {"Ref": "LatenessAlarmSeconds"}


def test_missing_metrics_raise_no_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    """A stack without tasks is healthy and writes no metrics, except those of its own proofs."""
    breaching = {name for name, alarm in alarms.items() if alarm["TreatMissingData"] != "notBreaching"}
    assert breaching == {"CanaryAlarm", "ReconciliationAlarm", "TableDrainAlarm", "TableSweepAlarm"}
    assert {alarms[name]["TreatMissingData"] for name in breaching} == {"breaching"}


def test_alarms_watch_existing_metrics(alarms: dict[str, dict[str, Any]]) -> None:
    """An alarm on a misspelt metric would never fire."""
    watched = [alarm for alarm in alarms.values() if "MetricName" in alarm]
    computed = [alarm for alarm in alarms.values() if "Metrics" in alarm]
    watched += [query["MetricStat"]["Metric"] for alarm in computed for query in alarm["Metrics"][:2]]
    assert len(watched) == len(alarms) + len(computed)
    assert [found for found in watched if found["MetricName"] not in METRICS[found["Namespace"]]] == []


@pytest.mark.parametrize(
    ("queue", "name", "days_left"),
    [
        ("DeadLetterQueue", "ExpiringLettersAlarm", 4),
        ("TableDeadLetterQueue", "TableExpiringLettersAlarm", 4),
    ],
)
def test_letter_raises_an_alarm_days_before_it_expires(
    template: Template, alarms: dict[str, dict[str, Any]], queue: str, name: str, days_left: int
) -> None:
    """Some days are left to redrive it."""
    expiry_seconds = template["Resources"][queue]["Properties"]["MessageRetentionPeriod"]
    alarm = alarms[name]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ApproximateAgeOfOldestMessage", "Maximum")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": f"{queue}.QueueName"}}]
    parameter = template["Parameters"][f"{name}Threshold"]
    assert expiry_seconds - parameter["Default"] == days_left * 24 * 3600
    assert parameter["MaxValue"] == expiry_seconds


def test_letter_raises_an_alarm_before_the_table_forgets_its_task(template: Template) -> None:
    """A failed task is kept for longer than its letter, whatever TableKeepDays is."""
    parameter = template["Parameters"]["TableExpiringLettersAlarmThreshold"]
    assert parameter["MaxValue"] < FAILED_KEPT_SECONDS


def test_throttled_transitions_are_those_of_this_state_machine(alarms: dict[str, dict[str, Any]]) -> None:
    """Step Functions counts them by state machine."""
    alarm = alarms["ThrottledTransitionsAlarm"]
    assert alarm["MetricName"] == "ExecutionThrottled"
    assert alarm["Dimensions"] == [{"Name": "StateMachineArn", "Value": {"Ref": "DelayStateMachine"}}]


def test_failure_that_reaches_no_queue_raises_an_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    """FailedInvocations may not count an event that EventBridge hands to the dead-letter queue in vain."""
    watched = {alarms[name]["MetricName"] for name in ("UndeliveredFailuresAlarm", "LostFailuresAlarm")}
    assert watched == {"FailedInvocations", "InvocationsFailedToBeSentToDlq"}


def test_deployment_says_that_alarms_notify_no_one(rendered: Callable[..., Template]) -> None:
    """`sam deploy` prints the outputs at its end."""
    output = rendered()["Outputs"]["AlarmRecipient"]["Value"]
    _, with_mail, without_mail = output["Fn::If"]
    assert without_mail["Fn::If"][:2] == ["HasNotifiedTopic", {"Ref": "NotifiedTopicArn"}]
    assert without_mail["Fn::If"][2].startswith("NOBODY")
    assert with_mail["Fn::If"][2] == {"Fn::Sub": "${AlarmEmail}, once confirmed"}


def test_throttled_starts_are_counted_for_the_account(alarms: dict[str, dict[str, Any]]) -> None:
    """Step Functions counts them by API, not by state machine."""
    assert alarms["ThrottledStartsAlarm"]["Dimensions"] == [{"Name": "APIName", "Value": "StartExecution"}]


def test_open_executions_are_compared_with_the_current_quota(
    template: Template, alarms: dict[str, dict[str, Any]]
) -> None:
    """The alarm fires at 80 % of the quota, which AWS may have raised."""
    alarm = alarms["OpenExecutionsAlarm"]
    assert [query["Id"] for query in alarm["Metrics"]] == ["open", "limit", "used"]
    assert alarm["Metrics"][2]["Expression"] == "open / (limit / 100)"
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert template["Parameters"]["OpenExecutionsAlarmThreshold"]["Default"] == 80


@pytest.mark.parametrize(
    ("function", "name"),
    [("HelloWorldFunction", "FunctionDurationAlarm"), ("TableCallFunction", "TableCallDurationAlarm")],
)
def test_long_call_raises_an_alarm_before_its_timeout(
    template: Template, alarms: dict[str, dict[str, Any]], function: str, name: str
) -> None:
    """By default, the threshold is 80 % of the function's timeout, in milliseconds like the metric."""
    timeout_seconds = template["Resources"][function]["Properties"]["Timeout"]
    default = template["Parameters"][f"{name}Threshold"]["Default"]
    assert alarms[name]["MetricName"] == "Duration"
    assert default == timeout_seconds * 1000 * 0.8


@pytest.mark.parametrize("function", ["HelloWorldFunction", "TableCallFunction"])
def test_lateness_is_measured_for_this_stack(
    template: Template, alarms: dict[str, dict[str, Any]], function: str
) -> None:
    """Both functions write the metric under the stack's name, and one alarm reads it there."""
    variables = template["Resources"][function]["Properties"]["Environment"]["Variables"]
    alarm = alarms["LateTasksAlarm"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}


def test_dashboard_has_six_graphs_and_six_of_the_table(widgets: list[dict[str, Any]]) -> None:
    """They stand in two columns and do not overlap."""
    assert [(widget["x"], widget["y"]) for widget in widgets] == [
        (x, y) for y in (0, 6, 12, 18, 24, 30) for x in (0, 12)
    ]
    assert {(widget["width"], widget["height"]) for widget in widgets} == {(12, 6)}
    assert len({widget["properties"]["title"] for widget in widgets}) == len(widgets)


def test_dashboard_without_the_table_has_the_first_six_graphs(
    template: Template, widgets: list[dict[str, Any]]
) -> None:
    """Nothing stands in place of the others."""
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    assert read_widgets(body, "") == widgets[:6]


@pytest.mark.parametrize(
    ("name", "function"),
    [("TableDrainAlarm", "TableDrainFunction"), ("TableSweepAlarm", "TableSweepFunction")],
)
def test_five_minutes_without_a_successful_tick_raise_an_alarm(
    alarms: dict[str, dict[str, Any]], name: str, function: str
) -> None:
    """Lambda reports 0 errors for a tick that succeeded: with a minimum of 1, or no tick, none has."""
    alarm = alarms[name]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Errors", "Minimum", 300)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")


def test_cursor_is_measured_for_this_stack(template: Template, alarms: dict[str, dict[str, Any]]) -> None:
    """The drain writes the metric under the stack's name. The alarm goes off before a task is late."""
    variables = template["Resources"]["TableDrainFunction"]["Properties"]["Environment"]["Variables"]
    alarm = alarms["TableCursorAlarm"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    assert template["Parameters"]["TableCursorAlarmThreshold"]["Default"] < LOOK_AHEAD_SECONDS


def test_message_sent_early_raises_no_alarm(template: Template) -> None:
    """SQS may count the seconds before a task is due, 900 at most, as the message's age."""
    parameter = template["Parameters"]["TableOldestMessageAlarmThreshold"]
    assert MAX_DELAY_SECONDS <= parameter["MinValue"] < parameter["Default"]


def test_throttled_reads_and_writes_count_together(alarms: dict[str, dict[str, Any]]) -> None:
    """DynamoDB writes neither metric while nothing is throttled, so a missing one is 0."""
    queries = alarms["TableThrottlesAlarm"]["Metrics"]
    assert queries[2]["Expression"] == "FILL(reads, 0) + FILL(writes, 0)"
    names = [query["MetricStat"]["Metric"]["MetricName"] for query in queries[:2]]
    assert names == ["ReadThrottleEvents", "WriteThrottleEvents"]


def test_graphs_show_existing_metrics(widgets: list[dict[str, Any]]) -> None:
    """The graph of a misspelt metric would be empty."""
    for widget in widgets:
        for space, name, *dimensions in expand_metrics(widget):
            assert name in METRICS[space]
            assert len(dimensions) in {0, 2}


def test_every_alarm_is_documented(root: Path, alarms: dict[str, dict[str, Any]]) -> None:
    """A person woken by an alarm finds its name in the documentation."""
    pages = "".join(page.read_text() for page in root.joinpath("docs").glob("**/*.md"))
    assert [name for name in alarms if name not in pages] == []
