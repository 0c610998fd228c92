"""Variables are assigned when a state is exited, and read by later ones."""

from typing import Any

import pytest

from stepfunctions_local.language import Failure, Json, Proceed, State
from tests.unit.language.samples import Enter, FindFaults, MakeState, MakeVisit

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "


def test_a_state_assigns_variables_on_exit(enter: Enter) -> None:
    """Values are constants, or computed from data, context and earlier variables."""
    assign = {"a": {"b": 1}, "c.$": "$.c", "d.$": "$$.State.Name", "e": {"f.$": "States.Format('{}', $.c)"}}
    assert enter({"c": 2}, "Pass", Assign=assign) == Proceed(
        {"c": 2}, None, {"a": {"b": 1}, "c": 2, "d": "X", "e": {"f": "2"}}
    )


def test_all_variables_are_assigned_at_once(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Expressions see the previous values, so two variables can be swapped."""
    decision = make_state("Pass", Assign={"x.$": "$y", "y.$": "$x.a[0]"}).enter(
        make_visit({}, variables={"x": {"a": [1]}, "y": 2})
    )
    assert decision == Proceed({}, None, {"x": 2, "y": 1})


@pytest.mark.parametrize(
    ("fields", "value", "assigned"),
    [
        ({"Result": {"a": 1}, "ResultPath": "$.r"}, {}, 1),
        ({"Parameters": {"a.$": "$.b"}, "ResultPath": None, "OutputPath": "$.b"}, {"b": 2}, 2),
        ({"InputPath": "$.b"}, {"b": {"a": 3}}, 3),
    ],
)
def test_a_pass_state_assigns_from_its_result(
    fields: dict[str, Any], value: Json, assigned: Json, enter: Enter
) -> None:
    """ResultPath and OutputPath apply later."""
    decision = enter(value, "Pass", Assign={"x.$": "$.a"}, **fields)
    assert isinstance(decision, Proceed)
    assert decision.assigned == {"x": assigned}


def test_a_task_assigns_from_the_result_of_its_call(make_state: MakeState, make_visit: MakeVisit) -> None:
    """ResultSelector applies later."""
    task = make_state("Task", Resource=ARN, ResultSelector={"b": 1}, Assign={"x.$": "$.a"})
    assert task.succeed(make_visit({}), {"a": 5}) == Proceed({"b": 1}, None, {"x": 5})


def test_a_catcher_assigns_from_the_error(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Its own Assign applies, not that of the state."""
    catcher = {"ErrorEquals": ["E"], "Next": "A", "Assign": {"x.$": "$.Cause"}, "ResultPath": None}
    task = make_state("Task", Resource=ARN, Catch=[catcher], Assign={"y": 1})
    assert task.fail(make_visit({"a": 1}), Failure("E", "c")) == Proceed({"a": 1}, "A", {"x": "c"})


def test_a_wait_assigns_when_it_ends(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Its Assign sees the effective input."""
    wait = make_state("Wait", Seconds=1, InputPath="$.a", Assign={"x.$": "$.b"})
    assert wait.wake(make_visit({"a": {"b": 1}})) == Proceed({"b": 1}, None, {"x": 1})


def test_a_choice_assigns_the_variables_of_its_rule(enter: Enter) -> None:
    """The state's own Assign belongs to the default."""
    rule = {"Variable": "$.a", "NumericEquals": 1, "Next": "A", "Assign": {"x": "rule"}}
    fields: dict[str, Any] = {"Choices": [rule], "Default": "B", "Assign": {"x": "default"}}
    assert enter({"a": 1}, "Choice", **fields) == Proceed({"a": 1}, "A", {"x": "rule"})
    assert enter({"a": 2}, "Choice", **fields) == Proceed({"a": 2}, "B", {"x": "default"})


def read_output(state: State, make_visit: MakeVisit) -> Json:
    """Return the output of a state that can read the variable x."""
    decision = state.enter(make_visit({}, variables={"x": {"a": 1}}))
    return decision.output if isinstance(decision, Proceed) else None


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"InputPath": "$x"}, {"a": 1}),
        ({"OutputPath": "$x.a"}, 1),
        ({"Parameters": {"v.$": "$x.a"}}, {"v": 1}),
        ({"Parameters": {"v.$": "States.MathAdd($x.a, 1)"}}, {"v": 2}),
        ({"Parameters": {"v.$": "$x[*]"}}, {"v": [1]}),
    ],
)
def test_paths_read_variables(
    fields: dict[str, Any], output: Json, make_state: MakeState, make_visit: MakeVisit
) -> None:
    """Every path can, and so can the arguments of functions."""
    assert read_output(make_state("Pass", **fields), make_visit) == output


def test_an_unassigned_variable_is_not_found(enter: Enter) -> None:
    """The execution may have skipped its assignment."""
    cause = "The JSONPath '$x' specified for the field 'v.$' could not be found in the input '{}'"
    assert enter({}, "Pass", Parameters={"v.$": "$x"}) == Failure("States.Runtime", PREFIX + cause)


@pytest.mark.parametrize("name", ["1a", "a b", "a-b", "", "_a", "states", "a" * 81, "$a"])
def test_a_variable_name_must_be_an_identifier(name: str, find_faults: FindFaults) -> None:
    """It has 80 characters at most, and is not reserved."""
    (fault,) = find_faults({"Type": "Pass", "End": True, "Assign": {name: 1}})
    assert fault.endswith("at /States/X/Assign")


@pytest.mark.parametrize("name", ["a", "größe", "a_1", "変数", "a" * 80])
def test_a_variable_name_can_have_unicode_letters(name: str, find_faults: FindFaults) -> None:
    """It is not limited to ASCII."""
    assert (
        find_faults({"Type": "Pass", "End": True, "Assign": {name: 1, f"{name[:79]}2.$": f"${name}"}}) == []
    )
