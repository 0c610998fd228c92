"""Faults of states that contain states, and their locations."""

import json
from typing import Any

import pytest

from stepfunctions_local.language import parse_definition
from tests.unit.language.samples import FindFaults, define

PASS: dict[str, Any] = {"Type": "Pass", "End": True}
SCHEMA = "SCHEMA_VALIDATION_FAILED: "
MISSING = "MISSING_TRANSITION_TARGET: "


def workflow(**states: object) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def parallel_state(*branches: object) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), "End": True}


def map_state(processor: object, **fields: object) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def pass_to(target: str) -> dict[str, Any]:
    return {"Type": "Pass", "Next": target}


GOOD = workflow(Y=PASS)
CONTAINERS = [
    (lambda inner: parallel_state(GOOD, inner), "Branches[1]"),
    (map_state, "ItemProcessor"),
    (lambda inner: {"Type": "Map", "Iterator": inner, "End": True}, "Iterator"),
]


@pytest.mark.parametrize(("wrap", "place"), CONTAINERS)
@pytest.mark.parametrize(
    ("inner", "faults_inside"),
    [
        (1, [f"{SCHEMA}Expected value of type Object, but found Number at "]),
        ({}, [f"{SCHEMA}These fields are required: [States, StartAt] at "]),
        ({**workflow(P=PASS), "Odd": 1}, [f"{SCHEMA}Field 'Odd' is not supported at "]),
        (workflow(P={**PASS, "Odd": 1}), [f"{SCHEMA}Field 'Odd' is not supported at /States/P"]),
        (
            workflow(P=PASS, Q=PASS),
            [f'{MISSING}State "Q" is not reachable. at /States/Q'],
        ),
        (
            workflow(P=pass_to("Q"), Q=pass_to("P")),
            ["MISSING_END_STATE: Workflow has no terminal state at "],
        ),
        (
            {"StartAt": "Z", "States": {"P": PASS}},
            [
                f"{MISSING}Missing 'Next' target: Z at /StartAt",
                f'{MISSING}State "P" is not reachable. at /States/P',
            ],
        ),
    ],
)
def test_a_fault_of_a_nested_state_has_its_location(
    wrap: Any,
    place: str,
    inner: object,
    faults_inside: list[str],
    find_faults: FindFaults,
) -> None:
    """Nested states follow the rules for the states of a machine."""
    expected = [
        f"{words} at /States/X/{place}{inside}"
        for words, _, inside in (fault.rpartition(" at ") for fault in faults_inside)
    ]
    assert find_faults(wrap(inner)) == expected


@pytest.mark.parametrize("target", ["X", "Y"])
def test_a_transition_out_of_a_branch_is_refused(target: str, find_faults: FindFaults) -> None:
    """Neither the containing state nor a state of another branch can be the target."""
    place = "/States/X/Branches[1]"
    assert find_faults(parallel_state(GOOD, workflow(A=pass_to(target)))) == [
        f"{MISSING}Missing 'Next' target: {target} at {place}/States/A/Next",
        f"MISSING_END_STATE: Workflow has no terminal state at {place}",
    ]


def test_a_transition_into_a_branch_is_refused(find_faults: FindFaults) -> None:
    """Even a Catch of the containing state cannot lead there."""
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Y"}]
    assert find_faults({**parallel_state(GOOD), "Catch": catch}) == [
        f"{MISSING}Missing 'Next' target: Y at /States/X/Catch[0]/Next"
    ]


@pytest.mark.parametrize(
    ("machine", "name", "place"),
    [
        (parallel_state(workflow(A=PASS), workflow(A=PASS)), "A", "Branches[1]/States/A"),
        (parallel_state(workflow(X=PASS)), "X", "Branches[0]/States/X"),
        (
            map_state(workflow(A=parallel_state(workflow(B=PASS), workflow(A=PASS)))),
            "A",
            "ItemProcessor/States/A/Branches[1]/States/A",
        ),
    ],
)
def test_a_duplicate_name_in_another_branch_is_refused(
    machine: dict[str, Any], name: str, place: str, find_faults: FindFaults
) -> None:
    """Events and diagnostics identify states by name."""
    assert find_faults(machine) == [
        f"DUPLICATE_STATE_NAME: State '{name}' appears more than once at /States/X/{place}"
    ]


@pytest.mark.parametrize(
    ("machine", "fault"),
    [
        ({"Type": "Parallel", "End": True}, "These fields are required: [Branches] at /States/X"),
        (parallel_state(), "The field 'Branches' should be non-empty at /States/X/Branches"),
        (
            {"Type": "Parallel", "Branches": {}, "End": True},
            "Expected value of type Array, but found Object at /States/X/Branches",
        ),
        (
            {**parallel_state(GOOD), "TimeoutSeconds": 1},
            "Field 'TimeoutSeconds' is not supported at /States/X",
        ),
        (
            parallel_state({**GOOD, "ProcessorConfig": {}}),
            "Field 'ProcessorConfig' is not supported at /States/X/Branches[0]",
        ),
        (
            {"Type": "Map", "End": True},
            "One of the following fields is required: [ItemProcessor, Iterator] at /States/X",
        ),
        (
            map_state(GOOD, Iterator=workflow(A=PASS)),
            "There should only be one of the following fields: [ItemProcessor, Iterator] at /States/X",
        ),
        (
            map_state(GOOD, ItemSelector={}, Parameters={}),
            "There should only be one of the following fields: [ItemSelector, Parameters] at /States/X",
        ),
        (
            map_state({**GOOD, "ProcessorConfig": {"Mode": "ODD"}}),
            "Unknown Mode 'ODD'; INLINE and DISTRIBUTED work at /States/X/ItemProcessor/ProcessorConfig/Mode",
        ),
        (map_state(GOOD, MaxConcurrency=-1), "Minimum value is 0 at /States/X/MaxConcurrency"),
        (
            map_state(GOOD, MaxConcurrency=1, MaxConcurrencyPath="$.a"),
            (
                "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath]"
                " at /States/X"
            ),
        ),
        (
            map_state(GOOD, ToleratedFailurePercentage=101),
            "Maximum value is 100 at /States/X/ToleratedFailurePercentage",
        ),
        (
            map_state(GOOD, ItemsPath="a"),
            "Value is not a Reference Path: 'a' does not start with '$'. at /States/X/ItemsPath",
        ),
    ],
)
def test_a_faulty_parallel_or_map_is_refused(
    machine: dict[str, Any], fault: str, find_faults: FindFaults
) -> None:
    """Each fault causes one diagnostic."""
    assert find_faults(machine) == [SCHEMA + fault]


@pytest.mark.parametrize("field", ["ToleratedFailureCount", "ToleratedFailurePercentage"])
def test_a_tolerance_is_accepted_with_a_warning(field: str) -> None:
    """It has no effect in inline mode, as on AWS."""
    (warning,) = parse_definition(define(map_state(GOOD, **{field: 5}))).warnings
    assert str(warning) == (
        "NO_TOLERANCE: Failed items are tolerated in distributed mode alone: here the first one fails the "
        "state at /States/X"
    )


def test_states_nest_as_deep_as_json(find_faults: FindFaults) -> None:
    """All are found by name. Deeper nesting is refused without recursion."""

    def nest(depth: int) -> dict[str, Any]:
        state: dict[str, Any] = PASS
        for level in range(depth):
            state = parallel_state(workflow(**{f"S{level}": state}))
        return workflow(R=state)

    assert len(parse_definition(json.dumps(nest(24))).states) == 25
    (fault,) = find_faults(nest(200))
    assert fault.startswith("INVALID_JSON_DESCRIPTION: The JSON is nested more than 100 levels deep")
