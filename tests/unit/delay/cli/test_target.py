"""The state machine of a command, chosen by options and environment together."""

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
def test_option_wins_over_the_environment(flags: set[str], chosen: Target) -> None:
    """An option is for this command; the environment has the defaults."""
    assert EVERYTHING.resolve(flags) == chosen


def test_environment_names_the_target_without_options() -> None:
    """An ARN may name a local state machine."""
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
def test_contradictory_settings_are_refused(target: Target, flags: set[str]) -> None:
    """Otherwise a task in the wrong account might be cancelled."""
    with pytest.raises(InvalidRequest, match="leave the other options out"):
        target.resolve(flags)


def test_missing_target_is_refused() -> None:
    """The message names the options and the variables."""
    with pytest.raises(
        InvalidRequest, match=r"--stack-name, --state-machine-arn or --local \(or DELAY_STACK_NAME"
    ):
        Target(region="eu-west-1").resolve({"region"})


def test_region_of_the_state_machine_wins_over_the_environment() -> None:
    """A state machine exists in one Region."""
    assert Target(state_machine_arn=ARN, region="us-east-1").resolve(set()).region == "eu-west-1"


def test_option_for_another_region_is_refused() -> None:
    """One of the two is a mistake."""
    target = Target(state_machine_arn=ARN, region="us-east-1")
    with pytest.raises(InvalidRequest, match="is in eu-west-1, not in us-east-1"):
        target.resolve({"region", "state_machine_arn"})


def test_stack_is_looked_up_in_the_given_region() -> None:
    """An option or the environment gives the Region."""
    assert (
        Target(stack_name="orders", region="us-east-1").resolve({"region", "stack_name"}).region
        == "us-east-1"
    )
