"""What ValidateStateMachineDefinition finds in definitions, through boto3."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.states.machines import PASS, ROLE
from tests.contract.states.test_state_machines import refused

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

UNKNOWN_TARGET = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
WITH_A_WARNING = json.dumps(
    {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:function:f", "End": True}},
    }
)


def validated(sfn: "SFNClient", definition: str, **wishes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a request
    """Validate a definition."""
    answer = dict(sfn.validate_state_machine_definition(definition=definition, **wishes))
    del answer["ResponseMetadata"]
    return answer


def test_a_good_definition_is_ok(sfn: "SFNClient") -> None:
    """Nothing is found, and nothing left out."""
    assert validated(sfn, PASS) == {"result": "OK", "diagnostics": [], "truncated": False}


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
def test_a_fault_is_told_with_its_code_and_place(
    sfn: "SFNClient", definition: str, diagnostic: dict[str, str]
) -> None:
    """The words are those that AWS was recorded to answer."""
    assert validated(sfn, definition) == {
        "result": "FAIL",
        "diagnostics": [{"severity": "ERROR", **diagnostic}],
        "truncated": False,
    }


def test_what_is_found_is_what_create_state_machine_refuses(sfn: "SFNClient") -> None:
    """Its message joins the same diagnostics."""
    found, also_found = validated(sfn, UNKNOWN_TARGET)["diagnostics"]
    _, message = refused(
        lambda: sfn.create_state_machine(name="refused", definition=UNKNOWN_TARGET, roleArn=ROLE)
    )
    assert f"{found['code']}: {found['message']} at {found['location']}" in message
    assert f"{also_found['code']}: {also_found['message']}" in message


def test_warnings_are_told_when_they_are_asked_for(sfn: "SFNClient") -> None:
    """They do not make a definition fail."""
    answer = validated(sfn, WITH_A_WARNING, severity="WARNING")
    assert answer["result"] == "OK"
    assert [(one["severity"], one["code"], one["location"]) for one in answer["diagnostics"]] == [
        ("WARNING", "NO_ACCOUNT", "/States/A")
    ]
    assert validated(sfn, WITH_A_WARNING)["diagnostics"] == []


def test_more_findings_than_wanted_are_cut_off_and_said_to_be(sfn: "SFNClient") -> None:
    """A wish for none is one for a hundred."""
    states = {f"S{number}": {"Type": "Pass"} for number in range(150)}
    definition = json.dumps({"StartAt": "S0", "States": states})
    for wish, told in ((2, 2), (0, 100), (100, 100)):
        answer = validated(sfn, definition, maxResults=wish)
        assert (len(answer["diagnostics"]), answer["truncated"]) == (told, True)


def test_an_express_machine_would_be_refused(sfn: "SFNClient") -> None:
    """As CreateStateMachine refuses it."""
    answer = validated(sfn, PASS, type="EXPRESS")
    assert answer["result"] == "FAIL"
    assert "EXPRESS" in answer["diagnostics"][0]["message"]
