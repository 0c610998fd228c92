"""The event sources of a built template that call its functions here: queues and schedules."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.properties import Properties
from stepfunctions_local.template.schedule_expression import ScheduleExpression, parse_schedule

MAPPING: Final = "AWS::Lambda::EventSourceMapping"
SCHEDULE: Final = "AWS::Scheduler::Schedule"

_MAX_BATCH: Final = range(1, 10_001)
_MAX_RECEIVED: Final = 10
"""ReceiveMessage returns no more at once, and a batch is one of its answers here."""

_CONCURRENCIES: Final = range(1, 1_001)
_CONCURRENCY: Final = 5
"""How many batches Lambda has in flight at first. Source: AWS Lambda Developer Guide, "Scaling"."""

_SAM_SCHEDULES: Final = {"Schedule": "Schedule", "ScheduleV2": "ScheduleExpression"}
"""SAM's events that are schedules, with the property that has the expression."""

SAM_QUEUE: Final = "SQS"
"""SAM's event of a queue."""


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue whose messages a function is called with.

    `name` is the logical id of the mapping, or `Function.Event` of an event of SAM's.
    `function` is the function's name or logical id.
    `reports_failures`: the function's answer names the messages that failed.
    """

    name: str
    function: str
    queue_arn: str
    batch_size: int = _MAX_RECEIVED
    concurrency: int = _CONCURRENCY
    reports_failures: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleSource:
    """A schedule that calls a function.

    `name` and `function` are as those of a QueueSource.
    `input` is JSON; None for the event that AWS sends by default.
    `is_rule`: the event is one of EventBridge's rules, and not of EventBridge Scheduler.
    """

    name: str
    function: str
    expression: ScheduleExpression
    input: str | None = None
    is_rule: bool = False


Source = QueueSource | ScheduleSource


def read_mapping(properties: Properties) -> QueueSource | None:
    """Return an event source mapping; None if it is disabled or not of a queue."""
    arn, function = properties.require_text("EventSourceArn"), properties.require_text("FunctionName")
    is_served = ":sqs:" in arn and not _is_off(properties, "Enabled", "false")
    return (
        _read_queue_source(properties.logical_id, _name_of(function), arn, properties) if is_served else None
    )


def read_schedule(properties: Properties) -> ScheduleSource | None:
    """Return a schedule of EventBridge Scheduler; None if it is disabled or calls no function.

    Raises:
        TemplateError: its expression is not one, or a value cannot be resolved here.

    """
    target = properties.get_object("Target")
    arn = str(target.get("Arn"))
    if ":lambda:" not in arn or _is_off(properties, "State", "DISABLED"):
        return None
    zone = properties.get_text("ScheduleExpressionTimezone") or "UTC"
    expression = parse_schedule(properties.require_text("ScheduleExpression"), zone)
    return ScheduleSource(properties.logical_id, _name_of(arn), expression, _to_input(target.get("Input")))


def list_events(function: str, properties: Properties) -> Iterator[tuple[str, str, Properties]]:
    """Yield name, type and properties of each event of a function, in SAM's notation, that is served here."""
    if not isinstance(properties.unresolved.get("Events"), dict):
        return
    events = properties.get_members("Events")
    for name, event in events.unresolved.items():
        kind = event.get("Type") if isinstance(event, dict) else None
        if kind == SAM_QUEUE or kind in _SAM_SCHEDULES:
            yield f"{function}.{name}", kind, events.get_members(name).get_members("Properties")


def read_event(name: str, kind: str, properties: Properties) -> Source | None:
    """Return a function's event in SAM's notation; None if it is disabled.

    Raises:
        TemplateError: its expression is not one, or a value cannot be resolved here.

    """
    function = name.partition(".")[0]
    if _is_off(properties, "Enabled", "false") or _is_off(properties, "State", "DISABLED"):
        return None
    if kind == SAM_QUEUE:
        return _read_queue_source(name, function, properties.require_text("Queue"), properties)
    zone = properties.get_text("ScheduleExpressionTimezone") or "UTC"
    expression = parse_schedule(properties.require_text(_SAM_SCHEDULES[kind]), zone)
    is_rule = kind == "Schedule"
    return ScheduleSource(name, function, expression, _to_input(properties.get("Input")), is_rule)


def _read_queue_source(name: str, function: str, arn: str, properties: Properties) -> QueueSource:
    if properties.get("FilterCriteria"):
        raise TemplateError(f"{properties.place('FilterCriteria')}: messages are not filtered here.")
    scaling: Mapping[str, Any] = properties.get_object("ScalingConfig")
    maximum = scaling.get("MaximumConcurrency")
    return QueueSource(
        name,
        function,
        arn,
        min(_MAX_RECEIVED, properties.get_whole_number("BatchSize", _MAX_RECEIVED, _MAX_BATCH)),
        maximum if isinstance(maximum, int) and maximum in _CONCURRENCIES else _CONCURRENCY,
        "ReportBatchItemFailures" in (properties.get("FunctionResponseTypes") or []),
    )


def _is_off(properties: Properties, name: str, value: str) -> bool:
    return str(properties.get(name)).lower() == value.lower()


def _name_of(function: str) -> str:
    """Return the name in a function's ARN, which may have a qualifier, or the name that is given."""
    return function.split(":")[6] if function.startswith("arn:") else function.partition(":")[0]


def _to_input(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return value if value is None or isinstance(value, str) else json.dumps(value)
