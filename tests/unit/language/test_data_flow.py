"""Data moves through Pass, Succeed and Fail states as recorded on AWS."""

from typing import Any

import pytest

from stepfunctions_local.language import Failure, Json, Proceed
from tests.unit.language.samples import CONTEXT, Enter, MakeState, MakeVisit

X = {"x": [1, 2]}
PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "


@pytest.mark.parametrize("type_name", ["Pass", "Succeed"])
def test_data_that_nothing_changes_stay_the_same_object(
    type_name: str, state: MakeState, visit: MakeVisit
) -> None:
    """The engine then keeps their text."""
    asked = visit({"a": [1]})
    decision = state(type_name).enter(asked)
    assert isinstance(decision, Proceed)
    assert decision.output is asked.input


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
def test_a_pass_state_makes_its_output(fields: dict[str, Any], output: Json, enter: Enter) -> None:
    """InputPath, then Parameters or Result, then ResultPath on the raw input, then OutputPath."""
    assert enter({"a": {"b": [1, 2]}}, "Pass", **fields) == Proceed(output, None)


def test_the_input_is_never_changed(enter: Enter) -> None:
    """A result goes into a copy."""
    value = {"a": {"b": [1]}}
    enter(value, "Pass", Result=2, ResultPath="$.a.b[0]")
    assert value == {"a": {"b": [1]}}


def test_a_field_without_a_value_fails(enter: Enter) -> None:
    """The path, the field and the input are named."""
    decision = enter({"int-literal": 0}, "Pass", Parameters={"value.$": "$.a"})
    cause = (
        "The JSONPath '$.a' specified for the field 'value.$' could not be found in the input "
        "'{\"int-literal\":0}'"
    )
    assert decision == Failure("States.Runtime", PREFIX + cause)


def test_an_input_path_to_nothing_fails(enter: Enter) -> None:
    """As recorded on AWS."""
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
def test_a_result_that_has_no_place_fails(value: Json, path: str, cause: str, enter: Enter) -> None:
    """Only objects take new members, and arrays take none."""
    assert enter(value, "Pass", ResultPath=path) == Failure("States.ReferencePathConflict", cause)


def test_data_cannot_grow_too_deep(enter: Enter) -> None:
    """What could not be read again is a failure."""
    deep: Any = []
    for _ in range(99):
        deep = [deep]
    decision = enter(deep, "Pass", Parameters={"x.$": "$"})
    assert decision == Failure("States.Runtime", f"{PREFIX}The data are nested more than 100 levels deep.")


def test_a_state_that_does_not_wait_or_call_cannot_be_told_so(state: MakeState, visit: MakeVisit) -> None:
    """An engine that tries has lost its way."""
    with pytest.raises(NotImplementedError, match="does not wait"):
        state("Pass").wake(visit({}))
    with pytest.raises(NotImplementedError, match="does not call"):
        state("Pass").succeed(visit({}), {})


def test_a_succeed_state_ends_with_its_output(enter: Enter) -> None:
    """It has InputPath and OutputPath."""
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
def test_a_fail_state_fails(fields: dict[str, Any], failure: Failure, enter: Enter) -> None:
    """With what is written out, or computed, or nothing."""
    assert enter({"e": "error string"}, "Fail", **fields) == failure


def test_a_fail_state_whose_path_finds_nothing_fails_otherwise(enter: Enter) -> None:
    """As recorded on AWS."""
    cause = (
        "The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the input "
        '\'{"Error":"error-value"}\''
    )
    decision = enter({"Error": "error-value"}, "Fail", ErrorPath="$.ErrorX")
    assert decision == Failure("States.Runtime", PREFIX + cause)


def test_a_fail_state_needs_strings(enter: Enter) -> None:
    """A number is no error name."""
    decision = enter({"e": 1}, "Fail", ErrorPath="$.e")
    assert decision == Failure(
        "States.Runtime", f"{PREFIX}The field 'ErrorPath' must refer to a string, but found 1"
    )


def test_a_cause_can_be_stored_and_sent(enter: Enter) -> None:
    """It is cut to 32,768 characters, and half a surrogate pair is replaced."""
    assert enter("\ud800é", "Fail", CausePath="$") == Failure(None, "\ufffdé")
    assert enter("c" * 40_000, "Fail", CausePath="$") == Failure(None, "c" * 32_768)
