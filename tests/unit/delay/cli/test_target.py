"""The place of a command's tasks, chosen by options and environment together."""

from dataclasses import replace
from typing import Any

import pytest

from delay.cli.target import Target
from delay.errors import InvalidRequest

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:Orders"

TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders"

EVERYTHING = Target(is_local=True, state_machine_arn=ARN, stack_name="orders")


def executions(**options: Any) -> Target:
    """Return a resolved target whose tasks wait as executions."""
    return Target(store="executions", **options)


@pytest.mark.parametrize(
    ("flags", "chosen"),
    [
        ({"is_local"}, executions(is_local=True)),
        ({"stack_name"}, executions(stack_name="orders")),
        ({"state_machine_arn"}, executions(is_local=True, state_machine_arn=ARN, region="eu-west-1")),
        (
            {"is_local", "state_machine_arn"},
            executions(is_local=True, state_machine_arn=ARN, region="eu-west-1"),
        ),
    ],
)
def test_option_wins_over_the_environment(flags: set[str], chosen: Target) -> None:
    """An option is for this command; the environment has the defaults."""
    assert EVERYTHING.resolve(flags) == chosen


def test_environment_names_the_target_without_options() -> None:
    """An ARN may name a local state machine."""
    assert Target(stack_name="orders").resolve(set()) == executions(stack_name="orders")
    usual = Target(is_local=True, state_machine_arn=ARN)
    assert usual.resolve(set()) == executions(is_local=True, state_machine_arn=ARN, region="eu-west-1")


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
        InvalidRequest,
        match=r"--stack-name, --state-machine-arn, --table-arn or --local \(or DELAY_",
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


BOTH = Target(state_machine_arn=ARN, table_arn=TABLE_ARN)


@pytest.mark.parametrize(
    ("target", "flags", "chosen"),
    [
        (Target(stack_name="orders", store="table"), set(), Target(stack_name="orders", store="table")),
        (Target(is_local=True, store="table"), {"store"}, Target(is_local=True, store="table")),
        (
            Target(is_local=True, store="table", state_machine_arn=ARN),
            {"store", "is_local"},
            Target(is_local=True, store="table"),
        ),
        (BOTH, {"table_arn"}, Target(store="table", table_arn=TABLE_ARN, region="eu-west-1")),
        (replace(BOTH, store="table"), set(), Target(store="table", table_arn=TABLE_ARN, region="eu-west-1")),
        (replace(BOTH, store="executions"), {"store"}, executions(state_machine_arn=ARN, region="eu-west-1")),
        (
            replace(BOTH, store="table"),
            {"state_machine_arn"},
            executions(state_machine_arn=ARN, region="eu-west-1"),
        ),
        (Target(table_arn=TABLE_ARN), set(), Target(store="table", table_arn=TABLE_ARN, region="eu-west-1")),
        (replace(BOTH, stack_name="orders"), {"stack_name"}, executions(stack_name="orders")),
    ],
)
def test_store_is_chosen_by_an_option_an_arn_or_the_environment(
    target: Target, flags: set[str], chosen: Target
) -> None:
    """In this order. The ARN of another store in the environment is left out."""
    assert target.resolve(flags) == chosen
    assert target.choose_store(flags) == chosen.store


@pytest.mark.parametrize(
    ("target", "flags", "says"),
    [
        (BOTH, set(), "choose by --store or DELAY_STORE"),
        (BOTH, {"state_machine_arn", "table_arn"}, "name two stores: name one"),
        (replace(BOTH, store="executions"), {"store", "table_arn"}, "name two stores: name one"),
        (Target(store="table"), {"store"}, "Say where the tasks wait"),
        (replace(BOTH, state_machine_arn=None, store="executions"), {"store"}, "Say where the tasks wait"),
        (Target(table_arn=ARN), {"table_arn"}, "is given by --state-machine-arn"),
        (Target(state_machine_arn=TABLE_ARN), set(), "is given by --table-arn"),
        (
            Target(table_arn="Orders"),
            {"table_arn"},
            "'Orders' is not the ARN of a state machine or",
        ),
    ],
)
def test_store_that_is_named_twice_or_wrongly_is_refused(target: Target, flags: set[str], says: str) -> None:
    """Otherwise a task of the wrong store might be cancelled."""
    with pytest.raises(InvalidRequest, match=says):
        target.resolve(flags)


def test_rules_of_a_store_are_known_before_its_place() -> None:
    """A dry run needs no place."""
    assert Target().choose_store(set()) == "executions"
    assert Target(store="table").choose_store(set()) == "table"
