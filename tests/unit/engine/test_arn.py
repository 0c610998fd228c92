"""ARNs of state machines and executions."""

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.engine.arn import Arns, ExecutionArn, StateMachineArn, execution_of, state_machine_of
from stepfunctions_local.engine.errors import InvalidArn, ValidationException

ARNS = Arns(Account("111122223333", "eu-west-1"))


def test_arn_has_region_and_account() -> None:
    """The form is that of AWS."""
    assert ARNS.state_machine("m") == "arn:aws:states:eu-west-1:111122223333:stateMachine:m"
    assert ARNS.execution("m", "e") == "arn:aws:states:eu-west-1:111122223333:execution:m:e"


def test_arn_is_parsed_into_its_names() -> None:
    """Parsing reverses building."""
    assert state_machine_of(ARNS.state_machine("m")) == StateMachineArn("m")
    assert execution_of(ARNS.execution("m", "e")) == ExecutionArn("m", "e")


@pytest.mark.parametrize(
    ("text", "version"), [("1", 1), ("999", 999), ("PROD", None), ("v1", None), ("\u0663", None)]
)
def test_qualifier_of_digits_is_a_version(text: str, version: int | None) -> None:
    """Any other qualifier is an alias."""
    arn = state_machine_of(ARNS.state_machine("m", text))
    assert (arn.name, arn.qualifier, arn.version) == ("m", text, version)


def test_arn_of_a_map_state_is_refused() -> None:
    """AWS uses such ARNs for distributed Map."""
    with pytest.raises(ValidationException, match="Map state"):
        state_machine_of(ARNS.state_machine("m/label"))


@pytest.mark.parametrize("text", ["", "nonsense", "arn:aws:sns:eu-west-1:1:topic", "arn:aws:states:::"])
def test_invalid_arn_is_refused(text: str) -> None:
    """The error is InvalidArn."""
    with pytest.raises(InvalidArn, match="Invalid ARN prefix"):
        state_machine_of(text)


def test_arn_of_another_resource_is_refused_with_its_type() -> None:
    """An execution is not a state machine."""
    with pytest.raises(InvalidArn, match="Resource type not valid in this context: execution"):
        state_machine_of(ARNS.execution("m", "e"))


def test_execution_arn_without_an_execution_name_is_refused() -> None:
    """The name of the state machine alone is not enough."""
    with pytest.raises(InvalidArn):
        execution_of("arn:aws:states:eu-west-1:111122223333:execution:m")
