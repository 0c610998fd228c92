"""Data moves through Pass, Succeed and Fail states as recorded on AWS."""

from typing import Any

import pytest

from stepfunctions_local.language import Failure, Json, Proceed
from tests.unit.language.samples import CONTEXT, Enter, MakeState, MakeVisit

X = {"x": [1, 2]}
PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "


@pytest.mark.parametrize("type_name", ["Pass", "Succeed"])
def test_unchanged_data_remain_the_same_object(
    type_name: str, make_state: MakeState, make_visit: MakeVisit
) -> None:
    """The engine can then reuse their text."""
    visit = make_visit({"a": [1]})
    decision = make_state(type_name).enter(visit)
    assert isinstance(decision, Proceed)
    assert decision.output is visit.input


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"Result": {"x.$": "$.a"}}, {"x.$": "$.a"}),
        ({"Result": None}, None),
        ({"Result": 1, "ResultPath": "$.r"}, {"a": {"b": [1, 2]}, "r": 1}),
        ({"Result": 1, "ResultPath": "$.a.c.d"}, {"a": {"b": [1, 2], "c": {"d": 1}}}),
        ({"Result": 9, "ResultPath": "$.a.b[1]"}, {"a": {"b": [1, 9]}}),
        ({"Result": 1, "ResultPath": None}, {"a": {"b": [1, 2]}}),
        ({"ResultPath": "$.copy"}, {"a": {"b": [1, 2]}, "copy": {"a": {"b": [1, 2]}}}),
        ({"InputPath": "$.a"}, {"b": [1, 2]}),
        ({"InputPath": None}, {}),
        ({"InputPath": "$.a", "ResultPath": "$.r"}, {"a": {"b": [1, 2]}, "r": {"b": [1, 2]}}),
        ({"OutputPath": "$.a.b"}, [1, 2]),
        ({"OutputPath": None}, {}),
        ({"InputPath": "$.nope[*]"}, []),
        ({"InputPath": "$$"}, CONTEXT),
        ({"OutputPath": "$$.Execution.Input"}, {"a": 1}),
        ({"Parameters": {"x.$": "$.a.b[0]", "w": {}}}, {"x": 1, "w": {}}),
        ({"Parameters": {"y": [{"z.$": "$$.State.Name"}, 1]}}, {"y": [{"z": "X"}, 1]}),
        ({"Parameters": {"x.$": "$.a.nope[*]"}}, {"x": []}),
        ({"InputPath": "$.a", "Parameters": {"x.$": "$.b"}, "ResultPath": "$"}, X),
    ],
)  # fmt: skip
def test_a_pass_state_computes_its_output(fields: dict[str, Any], output: Json, enter: Enter) -> None:
    """InputPath applies first, then Parameters or Result, ResultPath on the raw input, and OutputPath."""
    assert enter({"a": {"b": [1, 2]}}, "Pass", **fields) == Proceed(output, None)


def test_the_input_is_never_changed(enter: Enter) -> None:
    """ResultPath writes into a copy."""
    value = {"a": {"b": [1]}}
    enter(value, "Pass", Result=2, ResultPath="$.a.b[0]")
    assert value == {"a": {"b": [1]}}


def test_a_field_without_a_value_fails(enter: Enter) -> None:
    """The cause names the path, the field and the input."""
    decision = enter({"int-literal": 0}, "Pass", Parameters={"value.$": "$.a"})
    cause = (
        "The JSONPath '$.a' specified for the field 'value.$' could not be found in the input "
        "'{\"int-literal\":0}'"
    )
    assert decision == Failure("States.Runtime", PREFIX + cause)


def test_an_input_path_to_nothing_fails(enter: Enter) -> None:
    """The cause is as recorded on AWS."""
    decision = enter({}, "Pass", InputPath="$.NoSuchInputPath")
    cause = "Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']"
    assert decision == Failure("States.Runtime", PREFIX + cause)


@pytest.mark.parametrize(
    ("value", "path", "cause"),
    [
        ([1], "$.r", 'Unable to apply step "r" to input [1]'),
        ({"a": "text"}, "$.a.b", 'Unable to apply step "b" to input "text"'),
        ({"a": []}, "$.a[0]", 'Unable to apply step "0" to input []'),
        ({}, "$.a[0]", 'Unable to apply step "0" to input nothing'),
    ],
)
def test_a_result_path_that_conflicts_with_the_input_fails(
    value: Json, path: str, cause: str, enter: Enter
) -> None:
    """Only objects take new members; arrays take no new elements."""
    assert enter(value, "Pass", ResultPath=path) == Failure("States.ReferencePathConflict", cause)


def test_data_nested_too_deeply_fail(enter: Enter) -> None:
    """The limit is that of the JSON parser."""
    deep: Any = []
    for _ in range(99):
        deep = [deep]
    decision = enter(deep, "Pass", Parameters={"x.$": "$"})
    assert decision == Failure("States.Runtime", f"{PREFIX}The data are nested more than 100 levels deep.")


def test_a_pass_state_neither_wakes_nor_takes_a_result(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Only a faulty engine would try."""
    with pytest.raises(NotImplementedError, match="does not wait"):
        make_state("Pass").wake(make_visit({}))
    with pytest.raises(NotImplementedError, match="does not call"):
        make_state("Pass").succeed(make_visit({}), {})


def test_a_succeed_state_ends_with_its_output(enter: Enter) -> None:
    """It applies InputPath and OutputPath."""
    decision = enter({"a": {"b": 1}}, "Succeed", InputPath="$.a", OutputPath="$.b")
    assert decision == Proceed(1, None)


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ({}, Failure()),
        ({"Error": "E", "Cause": "C"}, Failure("E", "C")),
        ({"ErrorPath": "$.e"}, Failure("error string")),
        ({"Error": "E", "CausePath": "States.Format('by {}', $.e)"}, Failure("E", "by error string")),
        ({"ErrorPath": "$$.State.Name"}, Failure("X")),
    ],
)
def test_a_fail_state_fails_with_its_error_and_cause(
    fields: dict[str, Any], failure: Failure, enter: Enter
) -> None:
    """Each is a constant, computed or absent."""
    assert enter({"e": "error string"}, "Fail", **fields) == failure


def test_a_fail_state_whose_path_finds_nothing_fails_with_a_runtime_error(enter: Enter) -> None:
    """The cause is as recorded on AWS."""
    cause = (
        "The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the input "
        '\'{"Error":"error-value"}\''
    )
    decision = enter({"Error": "error-value"}, "Fail", ErrorPath="$.ErrorX")
    assert decision == Failure("States.Runtime", PREFIX + cause)


def test_a_fail_state_requires_strings(enter: Enter) -> None:
    """A number is not an error name."""
    decision = enter({"e": 1}, "Fail", ErrorPath="$.e")
    assert decision == Failure(
        "States.Runtime", f"{PREFIX}The field 'ErrorPath' must refer to a string, but found 1"
    )


def test_a_cause_can_be_stored_and_sent(enter: Enter) -> None:
    """It is cut to 32,768 characters, and half a surrogate pair is replaced."""
    assert enter("\ud800é", "Fail", CausePath="$") == Failure(None, "\ufffdé")
    assert enter("c" * 40_000, "Fail", CausePath="$") == Failure(None, "c" * 32_768)
