"""States in JSONata: what their fields can say, what they see, and what AWS says where they fail."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stepfunctions_local.language import (
    Call,
    Decision,
    FailedEvaluation,
    Failure,
    Fork,
    Json,
    Proceed,
    State,
    Visit,
    WaitUntil,
)
from tests.unit.language.samples import NOW, Faults, MakeState, MakeVisit

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "
JSONATA: dict[str, Json] = {"QueryLanguage": "JSONata"}
BOOM = Failure("Boom", "It went off.")


@pytest.fixture
def jsonata(state: MakeState) -> MakeState:
    def make(type_name: str, **fields: Json) -> State:
        return state(type_name, **JSONATA, **fields)

    return make


def rows(table: str) -> list[tuple[Any, ...]]:
    """A table of jsonata.yaml."""
    read = yaml.safe_load((Path(__file__).parent / "jsonata.yaml").read_text())[table]
    return [tuple(row.values()) for row in read]


def misevaluated(decision: Decision) -> tuple[str | None, str]:
    """Where an evaluation failed that nobody caught, and why."""
    assert isinstance(decision, FailedEvaluation)
    assert decision.failure.error == "States.QueryEvaluationError"
    assert decision.then == decision.failure
    cause = decision.failure.cause or ""
    assert cause.startswith(PREFIX)
    return decision.location, cause.removeprefix(PREFIX)


def test_a_state_hands_its_input_on(jsonata: MakeState, visit: MakeVisit) -> None:
    """Without an Output."""
    asked = visit({"a": 1})
    decision = jsonata("Pass").enter(asked)
    assert decision == Proceed({"a": 1}, None)
    assert isinstance(decision, Proceed)
    assert decision.output is asked.input


@pytest.mark.parametrize(
    ("output", "made"),
    [
        ({}, {}),
        ("text", "text"),
        (0.1, 0.1),
        ("{% $states.input.a %}", [1, None]),
        (["$.a", {"b": "{%$x%}"}, "{% $states.context.State.Name %}"], ["$.a", {"b": 5}, "X"]),
        ({"a.$": "{% null %}"}, {"a.$": None}),
    ],
)
def test_an_output_is_any_json_with_expressions_in_it(
    output: Json, made: Json, jsonata: MakeState, visit: MakeVisit
) -> None:
    """Only strings in `{% %}` are computed."""
    decision = jsonata("Pass", Output=output).enter(visit({"a": [1, None]}, variables={"x": 5}))
    assert decision == Proceed(made, None)


def test_all_variables_are_assigned_at_once(jsonata: MakeState, visit: MakeVisit) -> None:
    """Output sees the values from before, too."""
    assign: Json = {"x": "{% $y %}", "y": {"of": ["{% $x %}"]}}
    decision = jsonata("Pass", Assign=assign, Output="{% $x %}").enter(visit({}, variables={"x": 1, "y": 2}))
    assert decision == Proceed(1, None, {"x": 2, "y": {"of": [1]}})


def test_a_task_calls_with_its_arguments(jsonata: MakeState, visit: MakeVisit) -> None:
    """Or with its input; the limits are computed, too."""
    asked = visit({"a": 3, "b": 4})
    plain, computed = (
        jsonata("Task", Resource=ARN),
        jsonata(
            "Task",
            Resource=ARN,
            Arguments={"sum": "{% $sum($states.input.*) %}"},
            TimeoutSeconds="{% $states.input.b %}",
            HeartbeatSeconds="{% $states.input.a %}",
        ),
    )
    decisions = plain.enter(asked), computed.enter(asked)
    assert [decision.parameters for decision in decisions if isinstance(decision, Call)] == [
        {"a": 3, "b": 4},
        {"sum": 7},
    ]
    assert isinstance(decisions[1], Call)
    assert (decisions[1].timeout_seconds, decisions[1].heartbeat_seconds) == (4, 3)


def test_a_task_makes_output_and_variables_of_its_result(jsonata: MakeState, visit: MakeVisit) -> None:
    """Beside its input; without an Output the result goes out."""
    both = "{% [$states.input, $states.result] %}"
    task = jsonata("Task", Resource=ARN, Output=both, Assign={"x": "{% $states.result.r %}"}, Next="A")
    assert task.succeed(visit(1), {"r": 2}) == Proceed([1, {"r": 2}], "A", {"x": 2})
    assert jsonata("Task", Resource=ARN).succeed(visit(1), {"r": 2}) == Proceed({"r": 2}, None)


def test_a_catcher_sees_the_error(jsonata: MakeState, visit: MakeVisit) -> None:
    """As `$states.errorOutput`; without an Output that is what goes out."""
    error: Json = {"Error": "Boom", "Cause": "It went off."}
    plain: Json = {"ErrorEquals": ["States.ALL"], "Next": "A"}
    computed: Json = {
        "ErrorEquals": ["Boom"],
        "Next": "B",
        "Output": {"was": "{% $states.input %}"},
        "Assign": {"why": "{% $states.errorOutput.Cause %}"},
    }
    assert jsonata("Task", Resource=ARN, Catch=[plain]).fail(visit(1), BOOM) == Proceed(error, "A")
    task = jsonata("Task", Resource=ARN, Catch=[computed, plain])
    assert task.fail(visit(1), BOOM) == Proceed({"was": 1}, "B", {"why": "It went off."})


def test_a_choice_goes_where_a_condition_is_true(jsonata: MakeState, visit: MakeVisit) -> None:
    """Each rule has an Output and an Assign of its own; the state's are the default's."""
    rules: Json = [
        {"Condition": "{% $states.input > 10 %}", "Next": "A"},
        {"Condition": "{% $states.input > 5 %}", "Next": "B", "Output": "rule", "Assign": {"x": 1}},
        {"Condition": False, "Next": "A"},
    ]
    choice = jsonata("Choice", Choices=rules, Default="C", Output="default", Assign={"x": 2})
    assert [choice.enter(visit(value)) for value in (11, 6, 1)] == [
        Proceed(11, "A"),
        Proceed("rule", "B", {"x": 1}),
        Proceed("default", "C", {"x": 2}),
    ]


@pytest.mark.parametrize(
    ("fields", "value", "seconds"),
    [
        ({"Seconds": 7}, None, 7),
        ({"Seconds": "{% $states.input * 2 %}"}, 30, 60),
        ({"Seconds": "{% $states.input / 2 %}"}, 4.0, 2),
        ({"Timestamp": "{% $fromMillis($millis() + 5000) %}"}, None, 5),
    ],
)
def test_a_wait_waits_as_long_as_it_computes(
    fields: dict[str, Any], value: Json, seconds: int, jsonata: MakeState, visit: MakeVisit
) -> None:
    """A number of seconds, or until a time. The time is that of the execution."""
    decision = jsonata("Wait", **fields).enter(visit(value))
    assert isinstance(decision, WaitUntil)
    assert (decision.due - NOW).total_seconds() == seconds


def test_a_fail_state_computes_error_and_cause(jsonata: MakeState, visit: MakeVisit) -> None:
    """Or has them written out."""
    assert jsonata("Fail", Error="E", Cause="{% 'by ' & $states.input %}").enter(visit(1)) == Failure(
        "E", "by 1"
    )


def test_a_succeed_state_has_an_output(jsonata: MakeState, visit: MakeVisit) -> None:
    """The execution's."""
    assert jsonata("Succeed", Output="{% $states.input.a %}").enter(visit({"a": 1})) == Proceed(1, None)


PASSES: Json = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.mark.parametrize(
    ("fields", "items", "at_once"),
    [
        ({}, [1, 2], 40),
        ({"Items": "{% $states.input.{'v': $} %}"}, [{"v": 1}, {"v": 2}], 40),
        ({"Items": [0, "{% $states.input[0] %}"], "MaxConcurrency": "{% 1 + 1 %}"}, [0, 1], 2),
    ],
)
def test_a_map_begins_with_its_items(
    fields: dict[str, Any], items: Json, at_once: int, jsonata: MakeState, visit: MakeVisit
) -> None:
    """Those of its input, or of Items."""
    decision = jsonata("Map", ItemProcessor=PASSES, **fields).enter(visit([1, 2]))
    assert decision == Fork(items, at_once)  # type: ignore[arg-type]  # lists, in the table


@pytest.mark.parametrize(("type_name", "fields", "place_and_reason"), rows("failed_evaluations"))
def test_a_failed_evaluation_is_written_down_with_its_place(
    type_name: str, fields: dict[str, Any], place_and_reason: list[str], jsonata: MakeState, visit: MakeVisit
) -> None:
    """In AWS's words, where they are known."""
    assert list(misevaluated(jsonata(type_name, **fields).enter(visit({})))) == place_and_reason


def test_a_failed_evaluation_can_be_caught(jsonata: MakeState, visit: MakeVisit) -> None:
    """By its name; first it is written down."""
    catcher: Json = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "A", "Output": "caught"}
    task = jsonata("Task", Resource=ARN, Arguments="{% $nope %}", Output="{% $nope %}", Catch=[catcher])
    for decision in (task.enter(visit({})), task.succeed(visit({}), {})):
        assert isinstance(decision, FailedEvaluation)
        assert decision.then == Proceed("caught", "A")


def test_what_fails_in_a_catcher_is_not_caught_again(jsonata: MakeState, visit: MakeVisit) -> None:
    """Otherwise it would go round and round."""
    catcher: Json = {"ErrorEquals": ["States.ALL"], "Next": "A", "Output": "{% $nope %}"}
    task = jsonata("Task", Resource=ARN, Arguments="{% $nope %}", Catch=[catcher])
    decision = task.enter(visit({}))
    assert isinstance(decision, FailedEvaluation)
    assert decision.location == "Arguments"
    location, _ = misevaluated(decision.then)
    assert location == "Catch[0]/Output"


def test_data_are_never_changed(jsonata: MakeState, visit: MakeVisit) -> None:
    """The same input serves several expressions, and the history."""
    asked: Visit = visit({"empty": [], "a": [{"b": None}]}, variables={"x": {"y": [1]}})
    output: Json = ["{% $states.input.empty{'a': 1} %}", "{% $x ~> |$|{'y': 2}| %}", "{% $append($x.y, 3) %}"]
    jsonata("Pass", Output=output).enter(asked)
    assert (asked.input, asked.variables) == ({"empty": [], "a": [{"b": None}]}, {"x": {"y": [1]}})


@pytest.mark.parametrize(("fields", "fault"), rows("faulty_states"))
def test_a_faulty_state_is_refused(fields: dict[str, Any], fault: str, faults: Faults) -> None:
    """When it is read, and in AWS's words, where they are known."""
    assert faults({"Type": "Pass", "End": True, **JSONATA, **fields}) == [fault]


@pytest.mark.parametrize(
    "expression",
    [
        "$x.a",
        "$x[a = 1].b",
        "$x.(a + b)",
        "$x{a: $sum(b)}",
        "$x^(a)",
        "$x ~> |$|{'b': a}|",
        "[1, 2][$ > 1]",
        "$map($x, function($v) { $v.a })",
        "$x.a.$uppercase()",
        "$states.input.**.a",
    ],
)
def test_names_and_the_value_at_hand_are_used_inside(expression: str, faults: Faults) -> None:
    """Where an expression itself has found a value."""
    assert faults({"Type": "Pass", "End": True, **JSONATA, "Output": f"{{% {expression} %}}"}) == []


@pytest.mark.parametrize(("state", "fault"), rows("fields_of_jsonpath"))
def test_fields_of_jsonpath_are_not_there(state: dict[str, Any], fault: str, faults: Faults) -> None:
    """Each state type has its own in JSONata."""
    assert f"SCHEMA_VALIDATION_FAILED: {fault}" in faults({**state, **JSONATA})


def test_a_catcher_may_ask_for_the_error_and_a_state_for_its_result(faults: Faults) -> None:
    """But not the other way round."""
    task = {"Type": "Task", "Resource": ARN, "End": True, **JSONATA}
    result, error = "{% $states.result %}", "{% $states.errorOutput %}"
    catcher = {"ErrorEquals": ["E"], "Next": "A"}
    assert faults({**task, "Output": result, "Catch": [{**catcher, "Output": error}]}) == []
    refused = faults(
        {**task, "Output": error, "Arguments": result, "Catch": [{**catcher, "Assign": {"x": result}}]}
    )
    assert [fault.rpartition(" at ")[2] for fault in refused] == [
        "/States/X/Arguments",
        "/States/X/Output",
        "/States/X/Catch[0]/Assign/x",
    ]


def test_a_machine_has_a_query_language_and_a_state_can_have_jsonata(faults: Faults) -> None:
    """But not JSONPath, once the machine has JSONata."""
    inner = {"Type": "Pass", "End": True, "Output": "{% 1 %}"}
    machine: dict[str, Any] = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": inner}}
    assert faults(machine) == []
    machine["States"] = {"A": {"Type": "Pass", "End": True, "QueryLanguage": "JSONPath"}}
    (fault,) = faults(machine)
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
        "machine at /States/A"
    )


def test_states_within_a_state_have_the_machines_language(faults: Faults) -> None:
    """Not that of the state around them."""
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": 1, "End": True}}}
    (fault,) = faults({"Type": "Map", **JSONATA, "ItemProcessor": processor, "End": True})
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only "
        "supported for the 'JSONata' QueryLanguage at /States/X/ItemProcessor/States/P"
    )


def test_a_variable_belongs_to_one_scope(faults: Faults) -> None:
    """A branch can read what is assigned outside, and not assign it."""
    inner = {"Type": "Pass", "Assign": {"x": "{% $x + 1 %}", "y": 1}, "End": True}
    branch = {"StartAt": "P", "States": {"P": inner}}
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {
            "A": {"Type": "Parallel", "Branches": [branch], "Next": "B"},
            "B": {"Type": "Pass", "Assign": {"x": 1}, "End": True},
        },
    }
    (fault,) = faults(machine)
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: Variable 'x' is assigned in an outer scope too; only one can assign it "
        "at /States/A/Branches[0]/States/P/Assign"
    )
