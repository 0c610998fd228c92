"""Requests of TestState are read, or refused with AWS's errors."""

from typing import Any

import pytest

from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.inspection.request import Level, StateTest, read_state_test

STATE = '{"Type": "Pass", "End": true}'


def test_a_request_needs_a_definition_alone() -> None:
    """The other members have defaults."""
    assert read_state_test({"definition": STATE}) == StateTest(STATE)
    assert StateTest(STATE).level is Level.INFO


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"input": "{"}, "InvalidExecutionInput: Invalid State Machine Execution Input"),
        ({"variables": "{"}, "ValidationException: Invalid variables provided"),
        ({"mock": {"result": "1"}, "context": "{"}, "ValidationException: Invalid Context object provided"),
        ({"mock": {"result": "{"}}, "ValidationException: Mocked result must be valid JSON."),
        ({"mock": {}}, "ValidationException: A test mock should have only one of the following fields"),
        ({"mock": {"errorOutput": {"cause": "c"}}}, "ValidationException: The mocked errorOutput must have"),
        (
            {"mock": {"errorOutput": {"error": "E"}}, "revealSecrets": True},
            "ValidationException: TestState does not support RevealSecrets when a mock is specified.",
        ),
        (
            {"stateConfiguration": {"mapIterationFailureCount": 0}},
            "ValidationException: TestState does not support MapIterationFailureCount when a mock is not",
        ),
    ],
)
def test_parts_that_cannot_be_used_are_refused(members: dict[str, Any], fault: str) -> None:
    """Before the definition is looked at."""
    with pytest.raises(ServiceError) as refused:
        read_state_test({"definition": "not looked at", **members})
    assert f"{refused.value.code}: {refused.value}".startswith(fault)
