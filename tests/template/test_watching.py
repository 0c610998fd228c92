"""What watches over the tasks: the alarms and the dashboard."""

import json
import re
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
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible"},
    "AWS/Events": {"FailedInvocations"},
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
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    found: list[dict[str, Any]] = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
    return found


def written_out(widget: dict[str, Any]) -> list[list[str]]:
    """Write out the names of a widget's metrics: `.` repeats what stands above, `...` all of it."""
    names: list[list[str]] = []
    for metric in widget["properties"]["metrics"]:
        given = [part for part in metric if isinstance(part, str)]
        whole = given == ["..."]
        names.append(
            names[-1] if whole else [names[-1][at] if part == "." else part for at, part in enumerate(given)]
        )
    return names


def test_what_fails_or_will_fail_has_its_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    """Tasks, the quotas that they use up, the function, and the way of failures to a person."""
    assert set(alarms) == {
        "FailedExecutionsAlarm",
        "TimedOutExecutionsAlarm",
        "ThrottledStartsAlarm",
        "OpenExecutionsAlarm",
        "FunctionErrorsAlarm",
        "FunctionThrottlesAlarm",
        "FunctionDurationAlarm",
        "DeadLettersAlarm",
        "UndeliveredFailuresAlarm",
        "LateTasksAlarm",
    }


def test_every_alarm_says_what_has_happened_and_what_to_do(alarms: dict[str, dict[str, Any]]) -> None:
    """In more than one sentence, and in no more than CloudWatch takes."""
    for alarm in alarms.values():
        text = alarm["AlarmDescription"]
        assert len(re.findall(r"\.(?= |$)", text)) >= 2, text
        assert len(text) <= 1024


def test_the_commands_that_alarms_name_are_there(alarms: dict[str, dict[str, Any]]) -> None:
    """Nobody should look for one at night."""
    texts = "".join(alarm["AlarmDescription"] for alarm in alarms.values())
    named = set(re.findall(r"`delay (\w+)", texts))
    assert named == {"list", "redrive", "show"}
    assert named <= set(delay.list_commands(click.Context(delay)))


def test_every_alarm_tells_somebody(alarms: dict[str, dict[str, Any]]) -> None:
    """The address and the topic that the parameters name, where they name any."""
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [
            {"Fn::If": ["HasAlarmEmail", {"Ref": "AlarmTopic"}, NO_VALUE]},
            {"Fn::If": ["HasNotifiedTopic", {"Ref": "NotifiedTopicArn"}, NO_VALUE]},
        ]


def test_silence_is_no_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    """A stack without tasks writes no metrics, and nothing is wrong with it."""
    assert {alarm["TreatMissingData"] for alarm in alarms.values()} == {"notBreaching"}


def test_alarms_watch_metrics_that_there_are(alarms: dict[str, dict[str, Any]]) -> None:
    """A misspelt one would keep silent for ever."""
    watched = [alarm for alarm in alarms.values() if "MetricName" in alarm]
    watched += [query["MetricStat"]["Metric"] for query in alarms["OpenExecutionsAlarm"]["Metrics"][:2]]
    assert len(watched) == len(alarms) + 1
    assert [found for found in watched if found["MetricName"] not in METRICS[found["Namespace"]]] == []


def test_starts_that_are_throttled_are_counted_by_their_api(alarms: dict[str, dict[str, Any]]) -> None:
    """Step Functions counts them for the account, not for the state machine."""
    assert alarms["ThrottledStartsAlarm"]["Dimensions"] == [{"Name": "APIName", "Value": "StartExecution"}]


def test_open_executions_are_measured_by_the_account_s_own_quota(alarms: dict[str, dict[str, Any]]) -> None:
    """At 80 % of what it is now, which AWS may have raised."""
    alarm = alarms["OpenExecutionsAlarm"]
    assert [query["Id"] for query in alarm["Metrics"]] == ["open", "limit", "used"]
    assert alarm["Metrics"][2]["Expression"] == "open / limit"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0.8, "GreaterThanOrEqualToThreshold")


def test_a_long_call_is_told_of_before_it_is_cut_off(
    template: Template, alarms: dict[str, dict[str, Any]]
) -> None:
    """At four fifths of the function's timeout, in the milliseconds of the metric."""
    timeout_seconds = template["Resources"]["HelloWorldFunction"]["Properties"]["Timeout"]
    assert alarms["FunctionDurationAlarm"]["Threshold"] == timeout_seconds * 1000 * 0.8


def test_lateness_is_that_of_this_stack(template: Template, alarms: dict[str, dict[str, Any]]) -> None:
    """The function writes the metric under the stack's name, and the alarm looks there."""
    variables = template["Resources"]["HelloWorldFunction"]["Properties"]["Environment"]["Variables"]
    alarm = alarms["LateTasksAlarm"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}


def test_the_dashboard_has_six_graphs(widgets: list[dict[str, Any]]) -> None:
    """In two columns, none over another."""
    assert [(widget["x"], widget["y"]) for widget in widgets] == [(x, y) for y in (0, 6, 12) for x in (0, 12)]
    assert {(widget["width"], widget["height"]) for widget in widgets} == {(12, 6)}
    assert len({widget["properties"]["title"] for widget in widgets}) == len(widgets)


def test_graphs_show_metrics_that_there_are(widgets: list[dict[str, Any]]) -> None:
    """A misspelt one would be an empty graph."""
    for widget in widgets:
        for space, name, *dimensions in written_out(widget):
            assert name in METRICS[space]
            assert len(dimensions) in {0, 2}


def test_every_alarm_is_on_a_page(root: Path, alarms: dict[str, dict[str, Any]]) -> None:
    """Whoever is woken by one finds its name in the documentation."""
    pages = "".join(page.read_text() for page in root.joinpath("docs").glob("**/*.md"))
    assert [name for name in alarms if name not in pages] == []
