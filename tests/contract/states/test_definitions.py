"""The diagnostics of ValidateStateMachineDefinition, through boto3."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.states.machines import PASS, ROLE
from tests.contract.states.test_state_machines import error_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

UNKNOWN_TARGET = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
WITH_A_WARNING = json.dumps(
    {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:function:f", "End": True}},
    }
)


def validate(sfn: "SFNClient", definition: str, **options: Any) -> dict[str, Any]:
    """Validate a definition, and return the answer."""
    answer = dict(sfn.validate_state_machine_definition(definition=definition, **options))
    del answer["ResponseMetadata"]
    return answer


def test_valid_definition_has_no_faults(sfn: "SFNClient") -> None:
    """It has no diagnostics, and none is left out."""
    assert validate(sfn, PASS) == {"result": "OK", "diagnostics": [], "truncated": False}


@pytest.mark.parametrize(
    ("definition", "diagnostic"),
    [
        (
            "{}",
            {
                "code": "SCHEMA_VALIDATION_FAILED",
                "message": "These fields are required: [States, StartAt]",
                "location": "/",
            },
        ),
        (
            " ",
            {"code": "SCHEMA_VALIDATION_FAILED", "message": "Definition must be a valid JSON object"},
        ),
        (
            json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Seconds": 1, "End": True}}}),
            {
                "code": "SCHEMA_VALIDATION_FAILED",
                "message": "Field 'Seconds' is not supported",
                "location": "/States/A",
            },
        ),
    ],
)
def test_fault_is_reported_with_its_code_and_place(
    sfn: "SFNClient", definition: str, diagnostic: dict[str, str]
) -> None:
    """The words were recorded from AWS."""
    assert validate(sfn, definition) == {
        "result": "FAIL",
        "diagnostics": [{"severity": "ERROR", **diagnostic}],
        "truncated": False,
    }


def test_create_state_machine_reports_the_same_diagnostics(sfn: "SFNClient") -> None:
    """Its message joins them."""
    found, also_found = validate(sfn, UNKNOWN_TARGET)["diagnostics"]
    _, message = error_of(
        lambda: sfn.create_state_machine(name="refused", definition=UNKNOWN_TARGET, roleArn=ROLE)
    )
    assert f"{found['code']}: {found['message']} at {found['location']}" in message
    assert f"{also_found['code']}: {also_found['message']}" in message


def test_warnings_are_reported_on_request(sfn: "SFNClient") -> None:
    """They do not make a definition fail."""
    answer = validate(sfn, WITH_A_WARNING, severity="WARNING")
    assert answer["result"] == "OK"
    assert [
        (diagnostic["severity"], diagnostic["code"], diagnostic["location"])
        for diagnostic in answer["diagnostics"]
    ] == [("WARNING", "NO_ACCOUNT", "/States/A")]
    assert validate(sfn, WITH_A_WARNING)["diagnostics"] == []


def test_diagnostics_beyond_the_limit_are_truncated(sfn: "SFNClient") -> None:
    """The answer says so. A limit of 0 means 100."""
    states = {f"S{number}": {"Type": "Pass"} for number in range(150)}
    definition = json.dumps({"StartAt": "S0", "States": states})
    for limit, reported in ((2, 2), (0, 100), (100, 100)):
        answer = validate(sfn, definition, maxResults=limit)
        assert (len(answer["diagnostics"]), answer["truncated"]) == (reported, True)
