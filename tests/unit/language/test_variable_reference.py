"""The variables that the states of a definition refer to."""

import json
from typing import Any

import pytest

from stepfunctions_local.language import parse_definition, variable_references

END = {"End": True}


def find_references(states: dict[str, Any], **fields: Any) -> dict[str, list[str]]:
    """Return the variables that each state of a definition refers to. Its first state is the start."""
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
def test_a_state_refers_to_the_variables_in_its_fields(state: Any, names: list[str]) -> None:
    """Data, the context object and constant texts are not variables."""
    assert find_references({"Sets": SETS, "Uses": state}) == {"Uses": names}


def test_references_in_rules_belong_to_their_state() -> None:
    """Comparisons and assignments of a rule count."""
    rule = {"Variable": "$c", "NumericEqualsPath": "$a", "Assign": {"b.$": "$b"}, "Next": "Ends"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "Ends"}
    states = {"Sets": SETS, "Uses": choice, "Ends": {"Type": "Succeed"}}
    assert find_references(states) == {"Uses": ["a", "b", "c"]}


def test_nested_states_are_listed_beside_their_container() -> None:
    """This is as recorded on AWS."""
    sums = {"Type": "Pass", "Assign": {"sum.$": "States.MathAdd($x, $bias)"}, **END}
    takes = {"Type": "Pass", "Assign": {"x.$": "$"}, "Next": "Sums"}
    processor = {"StartAt": "Takes", "States": {"Takes": takes, "Sums": sums}}
    each = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrencyPath": "$bias", **END}
    begins = {"Type": "Pass", "Assign": {"bias": 4}, "Next": "Each"}
    assert find_references({"Begins": begins, "Each": each}) == {"Each": ["bias"], "Sums": ["bias", "x"]}


def test_only_assigned_names_are_variables_in_jsonata() -> None:
    """Functions, their parameters, local names and `$states` are not."""
    expression = "{% ($k := $a; $sum([$k]) + function($z){$z}($states.input.n)) %}"
    uses = {"Type": "Pass", "Output": {"n": expression}, **END}
    assert find_references({"Sets": SETS, "Uses": uses}, QueryLanguage="JSONata") == {"Uses": ["a"]}


def test_a_reference_is_found_at_any_depth() -> None:
    """The template is nested as deep as a definition may be."""
    template: Any = {"x.$": "$a"}
    for _ in range(90):
        template = {"in": template}
    uses = {"Type": "Pass", "Parameters": template, **END}
    assert find_references({"Sets": SETS, "Uses": uses}) == {"Uses": ["a"]}


def test_an_assignment_is_not_a_reference() -> None:
    """A machine that never reads its variables has no references."""
    assert find_references({"Sets": {**SETS, "Next": "Ends"}, "Ends": {"Type": "Succeed"}}) == {}
