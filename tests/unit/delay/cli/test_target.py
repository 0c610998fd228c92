"""Which state machine a command is about, whatever options and environment say together."""

import pytest

from delay.cli.target import Target
from delay.errors import InvalidRequest

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:Orders"

EVERYTHING = Target(is_local=True, state_machine_arn=ARN, stack_name="orders")


@pytest.mark.parametrize(
    ("flags", "chosen"),
    [
        ({"is_local"}, Target(is_local=True)),
        ({"stack_name"}, Target(stack_name="orders")),
        ({"state_machine_arn"}, Target(is_local=True, state_machine_arn=ARN, region="eu-west-1")),
        ({"is_local", "state_machine_arn"}, Target(is_local=True, state_machine_arn=ARN, region="eu-west-1")),
    ],
)
def test_an_option_wins_over_the_environment(flags: set[str], chosen: Target) -> None:
    """It says what is meant this time; the environment, what is usual."""
    assert EVERYTHING.resolve(flags) == chosen


def test_without_options_the_environment_says_it() -> None:
    """A state machine there may be on this machine."""
    assert Target(stack_name="orders").resolve(set()) == Target(stack_name="orders")
    usual = Target(is_local=True, state_machine_arn=ARN)
    assert usual.resolve(set()) == Target(is_local=True, state_machine_arn=ARN, region="eu-west-1")


@pytest.mark.parametrize(
    ("target", "flags"),
    [
        (Target(state_machine_arn=ARN, stack_name="orders"), {"state_machine_arn", "stack_name"}),
        (Target(is_local=True, stack_name="orders"), {"is_local", "stack_name"}),
        (Target(is_local=True, stack_name="orders"), set()),
    ],
)
def test_two_that_contradict_each_other_are_refused(target: Target, flags: set[str]) -> None:
    """Nobody shall cancel a task in the wrong account."""
    with pytest.raises(InvalidRequest, match="leave the other options out"):
        target.resolve(flags)


def test_none_at_all_is_refused_with_what_can_be_said() -> None:
    """As options, and in the environment."""
    with pytest.raises(
        InvalidRequest, match=r"--stack-name, --state-machine-arn or --local \(or DELAY_STACK_NAME"
    ):
        Target(region="eu-west-1").resolve({"region"})


def test_the_region_is_that_of_the_state_machine() -> None:
    """Whatever the environment says: it is nowhere else."""
    assert Target(state_machine_arn=ARN, region="us-east-1").resolve(set()).region == "eu-west-1"


def test_another_region_as_an_option_is_refused() -> None:
    """One of the two is a mistake."""
    target = Target(state_machine_arn=ARN, region="us-east-1")
    with pytest.raises(InvalidRequest, match="is in eu-west-1, not in us-east-1"):
        target.resolve({"region", "state_machine_arn"})


def test_a_stack_is_looked_for_in_the_region_that_is_named() -> None:
    """By an option or the environment."""
    assert (
        Target(stack_name="orders", region="us-east-1").resolve({"region", "stack_name"}).region
        == "us-east-1"
    )
