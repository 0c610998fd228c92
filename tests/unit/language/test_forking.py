"""States with states of their own: what is refused in them, and where."""

import json
from typing import Any

import pytest

from stepfunctions_local.language import parse_definition
from tests.unit.language.samples import Faults, define

PASS: dict[str, Any] = {"Type": "Pass", "End": True}
SCHEMA = "SCHEMA_VALIDATION_FAILED: "
MISSING = "MISSING_TRANSITION_TARGET: "


def workflow(**states: object) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def parallel(*branches: object) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), "End": True}


def each(processor: object, **fields: object) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def to(target: str) -> dict[str, Any]:
    return {"Type": "Pass", "Next": target}


GOOD = workflow(Y=PASS)
BOTH_WAYS = [
    (lambda inner: parallel(GOOD, inner), "Branches[1]"),
    (each, "ItemProcessor"),
    (lambda inner: {"Type": "Map", "Iterator": inner, "End": True}, "Iterator"),
]


@pytest.mark.parametrize(("around", "place"), BOTH_WAYS)
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
            workflow(P=to("Q"), Q=to("P")),
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
def test_a_fault_within_is_told_with_its_place(
    around: Any,  # noqa: ANN401 - a function
    place: str,
    inner: object,
    faults_inside: list[str],
    faults: Faults,
) -> None:
    """The rules for states within a state are those for the states of a machine."""
    expected = [
        f"{words} at /States/X/{place}{inside}"
        for words, _, inside in (fault.rpartition(" at ") for fault in faults_inside)
    ]
    assert faults(around(inner)) == expected


@pytest.mark.parametrize("target", ["X", "Y"])
def test_no_state_leads_out_of_its_branch(target: str, faults: Faults) -> None:
    """Neither to the state around it nor into another branch."""
    place = "/States/X/Branches[1]"
    assert faults(parallel(GOOD, workflow(A=to(target)))) == [
        f"{MISSING}Missing 'Next' target: {target} at {place}/States/A/Next",
        f"MISSING_END_STATE: Workflow has no terminal state at {place}",
    ]


def test_no_state_leads_into_a_branch(faults: Faults) -> None:
    """A Catch of the state around it neither."""
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Y"}]
    assert faults({**parallel(GOOD), "Catch": catch}) == [
        f"{MISSING}Missing 'Next' target: Y at /States/X/Catch[0]/Next"
    ]


@pytest.mark.parametrize(
    ("machine", "name", "place"),
    [
        (parallel(workflow(A=PASS), workflow(A=PASS)), "A", "Branches[1]/States/A"),
        (parallel(workflow(X=PASS)), "X", "Branches[0]/States/X"),
        (
            each(workflow(A=parallel(workflow(B=PASS), workflow(A=PASS)))),
            "A",
            "ItemProcessor/States/A/Branches[1]/States/A",
        ),
    ],
)
def test_a_name_is_given_once_in_the_whole_machine(
    machine: dict[str, Any], name: str, place: str, faults: Faults
) -> None:
    """In whatever branch: events and diagnostics tell states by their names."""
    assert faults(machine) == [
        f"DUPLICATE_STATE_NAME: State '{name}' appears more than once at /States/X/{place}"
    ]


@pytest.mark.parametrize(
    ("machine", "fault"),
    [
        ({"Type": "Parallel", "End": True}, "These fields are required: [Branches] at /States/X"),
        (parallel(), "The field 'Branches' should be non-empty at /States/X/Branches"),
        (
            {"Type": "Parallel", "Branches": {}, "End": True},
            "Expected value of type Array, but found Object at /States/X/Branches",
        ),
        (
            {**parallel(GOOD), "TimeoutSeconds": 1},
            "Field 'TimeoutSeconds' is not supported at /States/X",
        ),
        (
            parallel({**GOOD, "ProcessorConfig": {}}),
            "Field 'ProcessorConfig' is not supported at /States/X/Branches[0]",
        ),
        (
            {"Type": "Map", "End": True},
            "One of the following fields is required: [ItemProcessor, Iterator] at /States/X",
        ),
        (
            each(GOOD, Iterator=workflow(A=PASS)),
            "There should only be one of the following fields: [ItemProcessor, Iterator] at /States/X",
        ),
        (
            each(GOOD, ItemSelector={}, Parameters={}),
            "There should only be one of the following fields: [ItemSelector, Parameters] at /States/X",
        ),
        (
            each({**GOOD, "ProcessorConfig": {"Mode": "ODD"}}),
            "Unknown Mode 'ODD'; INLINE works at /States/X/ItemProcessor/ProcessorConfig/Mode",
        ),
        (each(GOOD, MaxConcurrency=-1), "Minimum value is 0 at /States/X/MaxConcurrency"),
        (
            each(GOOD, MaxConcurrency=1, MaxConcurrencyPath="$.a"),
            (
                "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath]"
                " at /States/X"
            ),
        ),
        (
            each(GOOD, ToleratedFailurePercentage=101),
            "Maximum value is 100 at /States/X/ToleratedFailurePercentage",
        ),
        (
            each(GOOD, ItemsPath="a"),
            "Value is not a Reference Path: 'a' does not start with '$'. at /States/X/ItemsPath",
        ),
    ],
)
def test_a_faulty_state_of_states_is_refused(machine: dict[str, Any], fault: str, faults: Faults) -> None:
    """One fault, one diagnostic."""
    assert faults(machine) == [SCHEMA + fault]


@pytest.mark.parametrize("field", ["ToleratedFailureCount", "ToleratedFailurePercentage"])
def test_a_tolerance_is_accepted_with_a_warning(field: str) -> None:
    """As on AWS it has no effect inline: said, not ignored in silence."""
    (warning,) = parse_definition(define(each(GOOD, **{field: 5}))).warnings
    assert str(warning) == (
        "NO_TOLERANCE: Failed items are tolerated in distributed mode alone: here the first one fails the "
        "state at /States/X"
    )


def test_states_lie_as_deep_as_json_may(faults: Faults) -> None:
    """All are found by their names; what is deeper is refused, and costs no stack."""

    def nested(depth: int) -> dict[str, Any]:
        state: dict[str, Any] = PASS
        for level in range(depth):
            state = parallel(workflow(**{f"S{level}": state}))
        return workflow(R=state)

    assert len(parse_definition(json.dumps(nested(24))).states) == 25
    (fault,) = faults(nested(200))
    assert fault.startswith("INVALID_JSON_DESCRIPTION: The JSON is nested more than 100 levels deep")
