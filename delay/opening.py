"""Opens the store that an ARN names: the one place that knows which stores there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from delay.aws.arn import Arn
from delay.clock import SystemClock, find_clock
from delay.errors import InvalidArn, InvalidRequest
from delay.request import Request

if TYPE_CHECKING:
    from delay.aws.connection import DynamoDbClient, SqsClient, StepFunctionsClient
    from delay.aws.store_name import StoreName
    from delay.clock import Clock
    from delay.executions.call_rates import CallRates
    from delay.store import Store
    from delay.table.backend import TableBackend


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """The arguments of `Delay` that a store may need. Each store takes its own, and refuses the others'."""

    patience: timedelta
    clock: "Clock | None" = None
    sfn: "StepFunctionsClient | None" = None
    rates: "CallRates | None" = None
    dynamodb: "DynamoDbClient | None" = None
    sqs: "SqsClient | None" = None
    backend: "TableBackend | None" = None


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of store, by the resource whose ARN names it."""

    name: "StoreName"
    resource: str
    """The resource in words, for messages."""
    example: str
    open: Callable[[str, StoreOptions], "Store"]
    validate: Callable[[Request, datetime], object]
    """Validates a request at a time, by the store's rules."""
    foreign: Mapping[str, str]
    """The options of other stores, each with the way to do without it."""


def _open_executions(arn: str, options: StoreOptions) -> "Store":
    from delay.executions.store import ExecutionStore  # noqa: PLC0415 - users of one store do not pay for others

    return ExecutionStore(
        arn, options.sfn, clock=options.clock, patience=options.patience, rates=options.rates
    )


def _open_table(arn: str, options: StoreOptions) -> "Store":
    from delay.aws.corrected_clock import CorrectedClock, Correction  # noqa: PLC0415 - as above
    from delay.table.backend import AwsBackend  # noqa: PLC0415
    from delay.table.store import TableStore  # noqa: PLC0415
    from delay.table.table_arn import TableArn  # noqa: PLC0415

    table = TableArn.of_arn(arn)
    correction = Correction()
    backend = options.backend or AwsBackend(table, options.dynamodb, options.sqs, correction.note_skips)
    clock = options.clock or find_clock(options.backend) or find_clock(options.dynamodb) or SystemClock()
    return TableStore(table, backend, CorrectedClock(clock, correction), options.patience)


def _validate_for_executions(request: Request, now: datetime) -> object:
    from delay.executions.scheduling import prepare  # noqa: PLC0415 - as above

    return prepare(request, lambda: now)


def _validate_for_table(request: Request, now: datetime) -> object:
    from delay.table.scheduling import prepare  # noqa: PLC0415 - as above

    return prepare(request, lambda: now)


_FOR_TABLE: Final = "it is for tasks in a table, whose ARN is the output TaskTableArn"
_FOR_EXECUTIONS: Final = "it is for tasks that wait as executions"

_KINDS: Final[Mapping[str, _Kind]] = {
    "states": _Kind(
        "executions",
        "a state machine",
        "arn:aws:states:us-east-1:123456789012:stateMachine:NAME",
        _open_executions,
        _validate_for_executions,
        dict.fromkeys(("dynamodb", "backend"), _FOR_TABLE),
    ),
    "dynamodb": _Kind(
        "table",
        "a table",
        "arn:aws:dynamodb:us-east-1:123456789012:table/NAME",
        _open_table,
        _validate_for_table,
        {
            "sfn": f"{_FOR_EXECUTIONS}. Pass dynamodb= and sqs=",
            "rates": f"{_FOR_EXECUTIONS}. Pass rate= to schedule_many",
        },
    ),
}
"""The kinds of stores, by the service in the ARN."""


def open_store(arn: str, options: StoreOptions) -> "Store":
    """Open the store that an ARN names. Nothing is sent.

    Raises:
        InvalidArn: no tasks can wait there.
        InvalidRequest: an option is another store's.

    """
    kind = _KINDS[parse_store_arn(arn).service]
    for name, instead in kind.foreign.items():
        if getattr(options, name) is not None:
            raise InvalidRequest(f"{name}= is not for {kind.resource}: {instead}.")
    return kind.open(arn, options)


def find_store_name(arn: Arn) -> "StoreName":
    """Return the name of an ARN's store."""
    return _KINDS[arn.service].name


def validate_request(store: "StoreName", request: Request, now: datetime) -> None:
    """Validate a request by the rules of a store.

    Raises:
        InvalidRequest: the store would refuse it before any call.

    """
    next(kind for kind in _KINDS.values() if kind.name == store).validate(request, now)


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
