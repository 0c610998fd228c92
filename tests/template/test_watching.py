"""The alarms and the dashboard that watch the tasks."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from delay.cli.main import delay

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
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/Events": {"FailedInvocations", "InvocationsFailedToBeSentToDlq", "MatchedEvents"},
    "DelayedTasks": {"Lateness"},
}
"""Source: each service's page on its metrics in CloudWatch; the last is the function's own."""


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, dict[str, Any]]:
    return {
        name: body["Properties"]
        for name, body in template["Resources"].items()
        if body["Type"] == "AWS::CloudWatch::Alarm"
    }


@pytest.fixture(scope="module")
def widgets(template: Template) -> list[dict[str, Any]]:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    found: list[dict[str, Any]] = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
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
    }


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
        "TimedOutExecutionsAlarm",
        "UndeliveredFailuresAlarm",
    }
    for name in alarms.keys() - fixed - {"LateTasksAlarm"}:
        assert alarms[name]["Threshold"] == {"Ref": f"{name}Threshold"}
    assert alarms["LateTasksAlarm"]["Threshold"] == {"Ref": "LatenessAlarmSeconds"}


def test_missing_metrics_raise_no_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    """A stack without tasks is healthy and writes no metrics, except those of its own proofs."""
    breaching = {name for name, alarm in alarms.items() if alarm["TreatMissingData"] != "notBreaching"}
    assert breaching == {"CanaryAlarm", "ReconciliationAlarm"}
    assert {alarms[name]["TreatMissingData"] for name in breaching} == {"breaching"}


def test_alarms_watch_existing_metrics(alarms: dict[str, dict[str, Any]]) -> None:
    """An alarm on a misspelt metric would never fire."""
    watched = [alarm for alarm in alarms.values() if "MetricName" in alarm]
    watched += [query["MetricStat"]["Metric"] for query in alarms["OpenExecutionsAlarm"]["Metrics"][:2]]
    assert len(watched) == len(alarms) + 1
    assert [found for found in watched if found["MetricName"] not in METRICS[found["Namespace"]]] == []


def test_letter_raises_an_alarm_days_before_it_expires(
    template: Template, alarms: dict[str, dict[str, Any]]
) -> None:
    """Four days are left to redrive it."""
    expiry_seconds = template["Resources"]["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"]
    alarm = alarms["ExpiringLettersAlarm"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ApproximateAgeOfOldestMessage", "Maximum")
    parameter = template["Parameters"]["ExpiringLettersAlarmThreshold"]
    assert expiry_seconds - parameter["Default"] == 4 * 24 * 3600
    assert parameter["MaxValue"] == expiry_seconds


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


def test_long_call_raises_an_alarm_before_its_timeout(
    template: Template, alarms: dict[str, dict[str, Any]]
) -> None:
    """By default, the threshold is 80 % of the function's timeout, in milliseconds like the metric."""
    timeout_seconds = template["Resources"]["HelloWorldFunction"]["Properties"]["Timeout"]
    default = template["Parameters"]["FunctionDurationAlarmThreshold"]["Default"]
    assert alarms["FunctionDurationAlarm"]["MetricName"] == "Duration"
    assert default == timeout_seconds * 1000 * 0.8


def test_lateness_is_measured_for_this_stack(template: Template, alarms: dict[str, dict[str, Any]]) -> None:
    """The function writes the metric under the stack's name, and the alarm reads it there."""
    variables = template["Resources"]["HelloWorldFunction"]["Properties"]["Environment"]["Variables"]
    alarm = alarms["LateTasksAlarm"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}


def test_dashboard_has_six_graphs(widgets: list[dict[str, Any]]) -> None:
    """They stand in two columns and do not overlap."""
    assert [(widget["x"], widget["y"]) for widget in widgets] == [(x, y) for y in (0, 6, 12) for x in (0, 12)]
    assert {(widget["width"], widget["height"]) for widget in widgets} == {(12, 6)}
    assert len({widget["properties"]["title"] for widget in widgets}) == len(widgets)


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
