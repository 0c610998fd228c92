"""ARNs of state machines and executions."""

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.engine.arn import Arns, ExecutionArn, StateMachineArn, execution_of, state_machine_of
from stepfunctions_local.engine.errors import InvalidArn, ValidationException

ARNS = Arns(Account("111122223333", "eu-west-1"))


def test_arns_name_region_and_account() -> None:
    """In the form of AWS."""
    assert ARNS.state_machine("m") == "arn:aws:states:eu-west-1:111122223333:stateMachine:m"
    assert ARNS.execution("m", "e") == "arn:aws:states:eu-west-1:111122223333:execution:m:e"


def test_an_arn_is_taken_apart() -> None:
    """Into the names that it was made of."""
    assert state_machine_of(ARNS.state_machine("m")) == StateMachineArn("m")
    assert execution_of(ARNS.execution("m", "e")) == ExecutionArn("m", "e")


@pytest.mark.parametrize(
    ("text", "version"), [("1", 1), ("999", 999), ("PROD", None), ("v1", None), ("\u0663", None)]
)
def test_a_qualifier_of_digits_is_a_version(text: str, version: int | None) -> None:
    """Every other one is an alias."""
    arn = state_machine_of(ARNS.state_machine("m", text))
    assert (arn.name, arn.qualifier, arn.version) == ("m", text, version)


def test_the_arn_of_a_map_state_is_refused() -> None:
    """AWS has such ARNs for distributed Map."""
    with pytest.raises(ValidationException, match="Map state"):
        state_machine_of(ARNS.state_machine("m/label"))


@pytest.mark.parametrize("text", ["", "nonsense", "arn:aws:sns:eu-west-1:1:topic", "arn:aws:states:::"])
def test_what_is_no_arn_is_refused(text: str) -> None:
    """And repeated."""
    with pytest.raises(InvalidArn, match="Invalid ARN prefix"):
        state_machine_of(text)


def test_an_arn_of_something_else_is_refused_by_its_kind() -> None:
    """An execution is no state machine."""
    with pytest.raises(InvalidArn, match="Resource type not valid in this context: execution"):
        state_machine_of(ARNS.execution("m", "e"))


def test_an_execution_needs_a_name() -> None:
    """A state machine's name alone is not enough."""
    with pytest.raises(InvalidArn):
        execution_of("arn:aws:states:eu-west-1:111122223333:execution:m")
