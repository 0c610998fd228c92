"""Which variables the states of a definition refer to."""

import json
from typing import Any

import pytest

from stepfunctions_local.language import parse_definition, variable_references

END = {"End": True}


def references(states: dict[str, Any], **fields: Any) -> dict[str, list[str]]:  # noqa: ANN401 - fields of a machine
    """Define a state machine that starts at the first of its states, and look its references up."""
    definition = {"StartAt": next(iter(states)), "States": states, **fields}
    return variable_references(parse_definition(json.dumps(definition)))


SETS = {"Type": "Pass", "Assign": {"a": 1, "b": 2, "c": 3}, "Next": "Uses"}


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ({"Type": "Pass", "Parameters": {"x.$": "$b", "y": "$a"}, **END}, ["b"]),
        (
            {"Type": "Pass", "Assign": {"new": {"x.$": "States.Array($c.d, States.UUID(), $a[0])"}}, **END},
            ["a", "c"],
        ),
        ({"Type": "Wait", "SecondsPath": "$a", **END}, ["a"]),
        ({"Type": "Fail", "CausePath": "$c", "ErrorPath": "States.Format('{}', $a)"}, ["a", "c"]),
        ({"Type": "Succeed", "InputPath": "$b.x", "OutputPath": "$$.Execution"}, ["b"]),
    ],
)
def test_a_state_refers_to_the_variables_that_its_fields_start_from(state: Any, names: list[str]) -> None:  # noqa: ANN401 - a state
    """Neither the data at hand nor the context object is a variable, nor is a text that looks like one."""
    assert references({"Sets": SETS, "Uses": state}) == {"Uses": names}


def test_rules_belong_to_their_state() -> None:
    """What a rule compares, and what it assigns."""
    rule = {"Variable": "$c", "NumericEqualsPath": "$a", "Assign": {"b.$": "$b"}, "Next": "Ends"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "Ends"}
    states = {"Sets": SETS, "Uses": choice, "Ends": {"Type": "Succeed"}}
    assert references(states) == {"Uses": ["a", "b", "c"]}


def test_states_within_states_stand_beside_those_around_them() -> None:
    """As AWS was recorded to tell them."""
    sums = {"Type": "Pass", "Assign": {"sum.$": "States.MathAdd($x, $bias)"}, **END}
    takes = {"Type": "Pass", "Assign": {"x.$": "$"}, "Next": "Sums"}
    processor = {"StartAt": "Takes", "States": {"Takes": takes, "Sums": sums}}
    each = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrencyPath": "$bias", **END}
    begins = {"Type": "Pass", "Assign": {"bias": 4}, "Next": "Each"}
    assert references({"Begins": begins, "Each": each}) == {"Each": ["bias"], "Sums": ["bias", "x"]}


def test_in_jsonata_only_what_is_assigned_is_a_variable() -> None:
    """Functions, their parameters, local names and `$states` are none."""
    expression = "{% ($k := $a; $sum([$k]) + function($z){$z}($states.input.n)) %}"
    uses = {"Type": "Pass", "Output": {"n": expression}, **END}
    assert references({"Sets": SETS, "Uses": uses}, QueryLanguage="JSONata") == {"Uses": ["a"]}


def test_a_reference_is_found_however_deep_it_lies() -> None:
    """As deep as a definition may be."""
    template: Any = {"x.$": "$a"}
    for _ in range(90):
        template = {"in": template}
    uses = {"Type": "Pass", "Parameters": template, **END}
    assert references({"Sets": SETS, "Uses": uses}) == {"Uses": ["a"]}


def test_without_variables_there_is_nothing_to_tell() -> None:
    """Setting one is no reference to it."""
    assert references({"Sets": {**SETS, "Next": "Ends"}, "Ends": {"Type": "Succeed"}}) == {}
