"""Expressions in executions: failures, their events in the history, and limits."""

from typing import Any

import pytest

from stepfunctions_local.engine import dispatcher
from stepfunctions_local.engine.execution import unit_of_work as work
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.language import budget
from tests.unit.engine.harness import Harness

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
JSONATA = {"QueryLanguage": "JSONata"}
ERROR = "States.QueryEvaluationError"


def read_failed_evaluation(event: dict[str, Any]) -> dict[str, Any]:
    """Return the details of a failed evaluation."""
    assert event["type"] == "EvaluationFailed"
    details: dict[str, Any] = event["evaluationFailedEventDetails"]
    return details


async def test_failed_evaluation_fails_the_execution(harness: Harness) -> None:
    """Its event has the location, and the same previous event as the entry of the state, as on AWS."""
    states: dict[str, Any] = {
        "First": {"Type": "Pass", "Next": "Second"},
        "Second": {"Type": "Pass", "Output": {"a": "{% $nope %}"}, "End": True},
    }
    execution = await harness.run(states, **JSONATA)
    *_, entered, failed, ended = harness.history(execution)
    cause = (
        "An error occurred while executing the state 'Second' (entered at the event id #4). The JSONata "
        "expression '$nope' specified for the field 'Output/a' returned nothing (undefined)."
    )
    assert read_failed_evaluation(failed) == {
        "error": ERROR,
        "cause": cause,
        "location": "Output/a",
        "state": "Second",
    }
    assert [entered["previousEventId"], failed["previousEventId"], ended["previousEventId"]] == [3, 3, 5]
    assert ended["executionFailedEventDetails"] == {"error": ERROR, "cause": cause}
    assert harness.now(execution).status is Status.FAILED


async def test_failed_evaluation_is_caught(harness: Harness) -> None:
    """The state is exited, and the target of the catcher is entered."""
    catcher = {"ErrorEquals": [ERROR], "Next": "Caught", "Output": "{% $states.errorOutput.Error %}"}
    states: dict[str, Any] = {
        "Task": {"Type": "Task", "Resource": ARN, "Output": "{% $nope %}", "Catch": [catcher], "End": True},
        "Caught": {"Type": "Succeed"},
    }
    harness.tasks.will_return({})
    execution = await harness.run(states, **JSONATA)
    await harness.settle()
    assert harness.types(execution)[-5:] == [
        "EvaluationFailed",
        "TaskStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert harness.now(execution).output == f'"{ERROR}"'


async def test_failed_evaluation_is_retried(harness: Harness) -> None:
    """Each attempt adds an event."""
    retrier = {"ErrorEquals": [ERROR], "MaxAttempts": 1}
    states: dict[str, Any] = {
        "Task": {"Type": "Task", "Resource": ARN, "Arguments": "{% $nope %}", "Retry": [retrier], "End": True}
    }
    execution = await harness.run(states, **JSONATA)
    await harness.skip(1)
    assert harness.types(execution)[1:] == [
        "TaskStateEntered",
        "EvaluationFailed",
        "EvaluationFailed",
        "ExecutionFailed",
    ]


async def test_variables_pass_between_the_languages(harness: Harness) -> None:
    """JSONPath and JSONata states read each other's variables."""
    states: dict[str, Any] = {
        "Path": {"Type": "Pass", "Assign": {"a": [1, None]}, "Next": "Jsonata"},
        "Jsonata": {"Type": "Pass", **JSONATA, "Assign": {"b": "{% {'was': $a} %}"}, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Parameters": {"a.$": "$a", "b.$": "$b.was[0]"}, "End": True},
    }
    execution = await harness.run(states)
    assert harness.now(execution).output == '{"a":[1,null],"b":1}'


async def test_map_in_jsonata_exposes_its_item(harness: Harness) -> None:
    """ItemSelector reads the item, and the iteration reads an outer variable."""
    states: dict[str, Any] = {
        "Set": {"Type": "Pass", "Assign": {"factor": 10}, "Next": "Map"},
        "Map": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {
                "value": "{% $states.context.Map.Item.Value %}",
                "index": "{% $states.context.Map.Item.Index %}",
                "of": "{% $count($states.input.items) %}",
            },
            "ItemProcessor": {
                "StartAt": "Compute",
                "States": {
                    "Compute": {
                        "Type": "Pass",
                        "Output": "{% $states.input.(value * $factor + index + of / 10) %}",
                        "End": True,
                    }
                },
            },
            "Output": "{% $sum($states.result) %}",
            "End": True,
        },
    }
    execution = await harness.run(states, {"items": [1, 2]}, **JSONATA)
    await harness.settle()
    assert harness.now(execution).output == "31.4"


async def test_endless_expression_fails_its_execution_alone(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next execution runs as usual."""
    monkeypatch.setattr(budget, "MAX_STEPS", budget.MAX_STEPS // 100)
    endless = "{% ($f := function($x) { $f($x + 1) }; $f(1)) %}"
    execution = await harness.run({"X": {"Type": "Pass", "Output": endless, "End": True}}, **JSONATA)
    ended = harness.now(execution)
    assert (ended.status, ended.error) == (Status.FAILED, ERROR)
    other = await harness.run({"X": {"Type": "Pass", "End": True}}, name="other", **JSONATA)
    assert harness.now(other).status is Status.SUCCEEDED


async def test_slow_expressions_yield_to_requests(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine yields within an execution, and between two executions."""
    monkeypatch.setattr(work, "MAX_TURN_SECONDS", 0.0)
    monkeypatch.setattr(dispatcher, "WAKING_SECONDS", 0.0)
    computed = {"Type": "Pass", "Output": "{% $count([1..9]) %}"}
    states: dict[str, Any] = {f"S{n}": {**computed, "Next": f"S{n + 1}"} for n in range(3)}
    arn = await harness.create({**states, "S3": {"Type": "Succeed"}}, **JSONATA)
    executions = [await harness.start(arn) for _ in range(2)]
    assert [harness.types(execution)[-1] for execution in executions] == ["PassStateEntered"] * 2
    woken = [harness.engine.wake_due() for _ in range(6)]
    assert woken == [1] * 6
    assert [harness.now(execution).status for execution in executions] == [Status.SUCCEEDED] * 2
