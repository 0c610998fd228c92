"""Opens the store that an ARN names: the one place that knows which stores there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from delay.aws.arn import Arn
from delay.errors import InvalidArn

if TYPE_CHECKING:
    from delay.aws.connection import DynamoDbClient, SqsClient, StepFunctionsClient
    from delay.clock import Clock
    from delay.executions.call_rates import CallRates
    from delay.store import Store


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """The arguments of `Delay` that a store may need. Each store takes its own."""

    patience: timedelta
    clock: "Clock | None" = None
    sfn: "StepFunctionsClient | None" = None
    rates: "CallRates | None" = None
    dynamodb: "DynamoDbClient | None" = None
    sqs: "SqsClient | None" = None


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of store, by the resource whose ARN names it."""

    resource: str
    """The resource in words, for messages."""
    example: str
    open: Callable[[str, StoreOptions], "Store"]


def _open_executions(arn: str, options: StoreOptions) -> "Store":
    from delay.executions.store import ExecutionStore  # noqa: PLC0415 - users of one store do not pay for others

    return ExecutionStore(
        arn, options.sfn, clock=options.clock, patience=options.patience, rates=options.rates
    )


def _open_table(arn: str, options: StoreOptions) -> "Store":
    from delay.table.store import TableStore  # noqa: PLC0415 - as above

    return TableStore(arn, options.dynamodb, options.sqs, clock=options.clock, patience=options.patience)


_KINDS: Final[Mapping[str, _Kind]] = {
    "states": _Kind(
        "a state machine", "arn:aws:states:us-east-1:123456789012:stateMachine:NAME", _open_executions
    ),
    "dynamodb": _Kind("a table", "arn:aws:dynamodb:us-east-1:123456789012:table/NAME", _open_table),
}
"""The kinds of stores, by the service in the ARN."""


def open_store(arn: str, options: StoreOptions) -> "Store":
    """Open the store that an ARN names. Nothing is sent.

    Raises:
        InvalidArn: no tasks can wait there.

    """
    return _KINDS[parse_store_arn(arn).service].open(arn, options)


def parse_store_arn(arn: str) -> Arn:
    """Parse the ARN of a store.

    Raises:
        InvalidArn: it is not the ARN of a service that tasks can wait in.

    """
    parsed = Arn.parse(arn)
    if parsed is None or parsed.service not in _KINDS:
        resources = " or of ".join(kind.resource for kind in _KINDS.values())
        examples = " or ".join(kind.example for kind in _KINDS.values())
        raise InvalidArn(f"{arn!r} is not the ARN of {resources}: {examples} is expected.")
    return parsed
