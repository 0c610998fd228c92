"""States in JSONata: their fields, the data that they see, and AWS's messages for their failures."""

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
from tests.unit.language.samples import NOW, FindFaults, MakeState, MakeVisit

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "
JSONATA: dict[str, Json] = {"QueryLanguage": "JSONata"}
BOOM = Failure("Boom", "It went off.")


@pytest.fixture
def make_jsonata(make_state: MakeState) -> MakeState:
    def make(type_name: str, **fields: Json) -> State:
        return make_state(type_name, **JSONATA, **fields)

    return make


def read_rows(table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table in jsonata.yaml."""
    read = yaml.safe_load((Path(__file__).parent / "jsonata.yaml").read_text())[table]
    return [tuple(row.values()) for row in read]


def find_evaluation_failure(decision: Decision) -> tuple[str | None, str]:
    """Return the location and reason of an evaluation failure that no catcher handles."""
    assert isinstance(decision, FailedEvaluation)
    assert decision.failure.error == "States.QueryEvaluationError"
    assert decision.then == decision.failure
    cause = decision.failure.cause or ""
    assert cause.startswith(PREFIX)
    return decision.location, cause.removeprefix(PREFIX)


def test_a_state_without_an_output_passes_on_its_input(
    make_jsonata: MakeState, make_visit: MakeVisit
) -> None:
    """The object stays the same."""
    visit = make_visit({"a": 1})
    decision = make_jsonata("Pass").enter(visit)
    assert decision == Proceed({"a": 1}, None)
    assert isinstance(decision, Proceed)
    assert decision.output is visit.input


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
def test_an_output_is_json_with_expressions(
    output: Json, made: Json, make_jsonata: MakeState, make_visit: MakeVisit
) -> None:
    """Only strings in `{% %}` are evaluated."""
    decision = make_jsonata("Pass", Output=output).enter(make_visit({"a": [1, None]}, variables={"x": 5}))
    assert decision == Proceed(made, None)


def test_all_variables_are_assigned_at_once(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """Output sees the previous values too."""
    assign: Json = {"x": "{% $y %}", "y": {"of": ["{% $x %}"]}}
    decision = make_jsonata("Pass", Assign=assign, Output="{% $x %}").enter(
        make_visit({}, variables={"x": 1, "y": 2})
    )
    assert decision == Proceed(1, None, {"x": 2, "y": {"of": [1]}})


def test_a_task_calls_with_its_arguments(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """Without Arguments it passes its input. Timeout and heartbeat can be computed."""
    visit = make_visit({"a": 3, "b": 4})
    plain, computed = (
        make_jsonata("Task", Resource=ARN),
        make_jsonata(
            "Task",
            Resource=ARN,
            Arguments={"sum": "{% $sum($states.input.*) %}"},
            TimeoutSeconds="{% $states.input.b %}",
            HeartbeatSeconds="{% $states.input.a %}",
        ),
    )
    decisions = plain.enter(visit), computed.enter(visit)
    assert [decision.parameters for decision in decisions if isinstance(decision, Call)] == [
        {"a": 3, "b": 4},
        {"sum": 7},
    ]
    assert isinstance(decisions[1], Call)
    assert (decisions[1].timeout_seconds, decisions[1].heartbeat_seconds) == (4, 3)


def test_a_task_computes_output_and_variables_from_its_result(
    make_jsonata: MakeState, make_visit: MakeVisit
) -> None:
    """Both see its input too. Without an Output the result is passed on."""
    both = "{% [$states.input, $states.result] %}"
    task = make_jsonata("Task", Resource=ARN, Output=both, Assign={"x": "{% $states.result.r %}"}, Next="A")
    assert task.succeed(make_visit(1), {"r": 2}) == Proceed([1, {"r": 2}], "A", {"x": 2})
    assert make_jsonata("Task", Resource=ARN).succeed(make_visit(1), {"r": 2}) == Proceed({"r": 2}, None)


def test_a_catcher_sees_the_error(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """The error is `$states.errorOutput`. Without an Output it is passed on."""
    error: Json = {"Error": "Boom", "Cause": "It went off."}
    plain: Json = {"ErrorEquals": ["States.ALL"], "Next": "A"}
    computed: Json = {
        "ErrorEquals": ["Boom"],
        "Next": "B",
        "Output": {"was": "{% $states.input %}"},
        "Assign": {"why": "{% $states.errorOutput.Cause %}"},
    }
    assert make_jsonata("Task", Resource=ARN, Catch=[plain]).fail(make_visit(1), BOOM) == Proceed(error, "A")
    task = make_jsonata("Task", Resource=ARN, Catch=[computed, plain])
    assert task.fail(make_visit(1), BOOM) == Proceed({"was": 1}, "B", {"why": "It went off."})


def test_a_choice_follows_the_first_true_condition(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """Each rule has its own Output and Assign. Those of the state belong to the default."""
    rules: Json = [
        {"Condition": "{% $states.input > 10 %}", "Next": "A"},
        {"Condition": "{% $states.input > 5 %}", "Next": "B", "Output": "rule", "Assign": {"x": 1}},
        {"Condition": False, "Next": "A"},
    ]
    choice = make_jsonata("Choice", Choices=rules, Default="C", Output="default", Assign={"x": 2})
    assert [choice.enter(make_visit(value)) for value in (11, 6, 1)] == [
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
def test_a_wait_computes_its_due_time(
    fields: dict[str, Any], value: Json, seconds: int, make_jsonata: MakeState, make_visit: MakeVisit
) -> None:
    """It computes seconds or a timestamp, by the clock of the execution."""
    decision = make_jsonata("Wait", **fields).enter(make_visit(value))
    assert isinstance(decision, WaitUntil)
    assert (decision.due - NOW).total_seconds() == seconds


def test_a_fail_state_computes_error_and_cause(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """Either can be a constant."""
    assert make_jsonata("Fail", Error="E", Cause="{% 'by ' & $states.input %}").enter(
        make_visit(1)
    ) == Failure("E", "by 1")


def test_a_succeed_state_computes_its_output(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """It becomes the output of the execution."""
    assert make_jsonata("Succeed", Output="{% $states.input.a %}").enter(make_visit({"a": 1})) == Proceed(
        1, None
    )


PASSES: Json = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.mark.parametrize(
    ("fields", "items", "at_once"),
    [
        ({}, [1, 2], 40),
        ({"Items": "{% $states.input.{'v': $} %}"}, [{"v": 1}, {"v": 2}], 40),
        ({"Items": [0, "{% $states.input[0] %}"], "MaxConcurrency": "{% 1 + 1 %}"}, [0, 1], 2),
    ],
)
def test_a_map_forks_over_its_items(
    fields: dict[str, Any], items: Json, at_once: int, make_jsonata: MakeState, make_visit: MakeVisit
) -> None:
    """They come from Items, or else from the input."""
    decision = make_jsonata("Map", ItemProcessor=PASSES, **fields).enter(make_visit([1, 2]))
    assert decision == Fork(items, at_once)  # type: ignore[arg-type]  # lists, in the table


@pytest.mark.parametrize(("type_name", "fields", "place_and_reason"), read_rows("failed_evaluations"))
def test_a_failed_evaluation_is_recorded_with_its_location(
    type_name: str,
    fields: dict[str, Any],
    place_and_reason: list[str],
    make_jsonata: MakeState,
    make_visit: MakeVisit,
) -> None:
    """The reason is worded as on AWS, if that is known."""
    assert (
        list(find_evaluation_failure(make_jsonata(type_name, **fields).enter(make_visit({}))))
        == place_and_reason
    )


def test_a_failed_evaluation_can_be_caught(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """A catcher matches it by name. It is recorded first."""
    catcher: Json = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "A", "Output": "caught"}
    task = make_jsonata("Task", Resource=ARN, Arguments="{% $nope %}", Output="{% $nope %}", Catch=[catcher])
    for decision in (task.enter(make_visit({})), task.succeed(make_visit({}), {})):
        assert isinstance(decision, FailedEvaluation)
        assert decision.then == Proceed("caught", "A")


def test_a_failure_in_a_catcher_is_not_caught_again(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """Catching it could loop for ever."""
    catcher: Json = {"ErrorEquals": ["States.ALL"], "Next": "A", "Output": "{% $nope %}"}
    task = make_jsonata("Task", Resource=ARN, Arguments="{% $nope %}", Catch=[catcher])
    decision = task.enter(make_visit({}))
    assert isinstance(decision, FailedEvaluation)
    assert decision.location == "Arguments"
    location, _ = find_evaluation_failure(decision.then)
    assert location == "Catch[0]/Output"


def test_data_are_never_changed(make_jsonata: MakeState, make_visit: MakeVisit) -> None:
    """Other expressions and the history use the same objects."""
    visit: Visit = make_visit({"empty": [], "a": [{"b": None}]}, variables={"x": {"y": [1]}})
    output: Json = ["{% $states.input.empty{'a': 1} %}", "{% $x ~> |$|{'y': 2}| %}", "{% $append($x.y, 3) %}"]
    make_jsonata("Pass", Output=output).enter(visit)
    assert (visit.input, visit.variables) == ({"empty": [], "a": [{"b": None}]}, {"x": {"y": [1]}})


@pytest.mark.parametrize(("fields", "fault"), read_rows("faulty_states"))
def test_a_faulty_state_is_refused(fields: dict[str, Any], fault: str, find_faults: FindFaults) -> None:
    """The definition is refused, with AWS's message if that is known."""
    assert find_faults({"Type": "Pass", "End": True, **JSONATA, **fields}) == [fault]


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
def test_names_and_context_values_are_accepted_inside_an_expression(
    expression: str, find_faults: FindFaults
) -> None:
    """They refer to a value that the expression has selected."""
    assert find_faults({"Type": "Pass", "End": True, **JSONATA, "Output": f"{{% {expression} %}}"}) == []


@pytest.mark.parametrize(("state", "fault"), read_rows("fields_of_jsonpath"))
def test_fields_of_jsonpath_are_refused(state: dict[str, Any], fault: str, find_faults: FindFaults) -> None:
    """Each state type has its own fields in JSONata."""
    assert f"SCHEMA_VALIDATION_FAILED: {fault}" in find_faults({**state, **JSONATA})


def test_a_catcher_reads_the_error_and_a_state_its_result(find_faults: FindFaults) -> None:
    """The reverse is refused."""
    task = {"Type": "Task", "Resource": ARN, "End": True, **JSONATA}
    result, error = "{% $states.result %}", "{% $states.errorOutput %}"
    catcher = {"ErrorEquals": ["E"], "Next": "A"}
    assert find_faults({**task, "Output": result, "Catch": [{**catcher, "Output": error}]}) == []
    refused = find_faults(
        {**task, "Output": error, "Arguments": result, "Catch": [{**catcher, "Assign": {"x": result}}]}
    )
    assert [fault.rpartition(" at ")[2] for fault in refused] == [
        "/States/X/Arguments",
        "/States/X/Output",
        "/States/X/Catch[0]/Assign/x",
    ]


def test_a_state_in_jsonpath_is_refused_in_a_jsonata_machine(find_faults: FindFaults) -> None:
    """A state without a query language has that of the machine."""
    inner = {"Type": "Pass", "End": True, "Output": "{% 1 %}"}
    machine: dict[str, Any] = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": inner}}
    assert find_faults(machine) == []
    machine["States"] = {"A": {"Type": "Pass", "End": True, "QueryLanguage": "JSONPath"}}
    (fault,) = find_faults(machine)
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
        "machine at /States/A"
    )


def test_nested_states_have_the_query_language_of_the_machine(find_faults: FindFaults) -> None:
    """They do not inherit that of the containing state."""
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": 1, "End": True}}}
    (fault,) = find_faults({"Type": "Map", **JSONATA, "ItemProcessor": processor, "End": True})
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only "
        "supported for the 'JSONata' QueryLanguage at /States/X/ItemProcessor/States/P"
    )


def test_a_variable_belongs_to_one_scope(find_faults: FindFaults) -> None:
    """A branch can read an outer variable but not assign it."""
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
    (fault,) = find_faults(machine)
    assert fault == (
        "SCHEMA_VALIDATION_FAILED: Variable 'x' is assigned in an outer scope too; only one can assign it "
        "at /States/A/Branches[0]/States/P/Assign"
    )
