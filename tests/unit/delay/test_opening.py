"""The store that an ARN names, in a stack's outputs and from the ARN."""

from datetime import timedelta

import pytest

from delay import Delay, InvalidKey, NoSuchStateMachine
from delay.aws.error_kind import find_kind
from delay.aws.stack import StackOutputs
from delay.executions.store import ExecutionStore
from delay.opening import StoreOptions, open_store, parse_store_arn
from delay.store import Store

ARN = "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:Machine:live"
TABLE_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/tasks"


def test_arn_of_step_functions_opens_executions() -> None:
    """With a version or an alias, too, in any partition."""
    store = open_store(ARN, StoreOptions(timedelta(0)))
    assert isinstance(store, ExecutionStore)
    assert store.arn == ARN


def test_arn_names_the_region_of_its_store() -> None:
    """Other clients than the store's own are created for it."""
    assert parse_store_arn(ARN).region == "cn-north-1"


def test_incomplete_store_cannot_be_opened() -> None:
    """A store that lacks an operation is a defect, and found before its first call."""
    incomplete = type("Incomplete", (Store,), {})
    with pytest.raises(TypeError, match="abstract class Incomplete"):
        incomplete()


def test_store_validates_keys(delay: Delay) -> None:
    """Each store has rules of its own, and an operation on one task asks it."""
    with pytest.raises(InvalidKey, match="White space, control characters"):
        delay.get("a b")
    assert delay.store.require_key("x" * 80) == "x" * 80


def test_outputs_of_a_stack_name_each_store() -> None:
    """Each has a dead-letter queue of its own."""
    outputs = StackOutputs("tasks", ARN, "https://sqs/executions", TABLE_ARN, "https://sqs/table")
    executions, table = outputs.find_store("executions"), outputs.find_store("table")
    assert (executions.arn, executions.dead_letter_queue_url) == (ARN, "https://sqs/executions")
    assert (table.arn, table.dead_letter_queue_url) == (TABLE_ARN, "https://sqs/table")


def test_error_code_has_the_meaning_of_its_service() -> None:
    """Several services answer with ResourceNotFound."""
    kind = find_kind("ResourceNotFound", "states:DescribeStateMachineAlias")
    assert kind is not None
    assert kind.error is NoSuchStateMachine
    assert find_kind("ResourceNotFound", "sqs:ReceiveMessage") is None
    assert find_kind("ThrottlingException", "sqs:ReceiveMessage") is not None
