"""What a delayed task does when it is due: replace the greeting with your own work."""  # noqa: INP001 - Lambda puts this folder on the path, it is no package

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from due_task import DueTask, UnreadableTaskError, read_due_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
# Off by itself outside Lambda and under `sam local`. Patching would import every library that the X-Ray SDK
# knows, botocore first: 100 ms of cold start, three times what the Tracer itself takes.
tracer = Tracer(auto_patch=False)


class Greeting(TypedDict):
    """The execution's output. Step Functions takes at most 256 KiB of it."""

    message: str
    received: dict[str, Any]


def utc_now() -> datetime:
    """Return the time that lateness is measured by."""
    return datetime.now(UTC)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(
    event: dict[str, Any], context: LambdaContext, *, clock: Callable[[], datetime] = utc_now
) -> Greeting:
    """Handle one due task. It may be called more than once for a task, so what it does should bear repeating.

    `event` is the execution's whole input, `expirydate` included.
    """
    _report(event, context.client_context, clock())
    return {"message": "hello world", "received": event}


def _report(event: object, client_context: object, now: datetime) -> None:
    try:
        task = read_due_task(event, client_context)
    except UnreadableTaskError as error:
        # The task matters more than its lateness.
        logger.warning("Cannot tell the task's due time", reason=str(error))
        return
    if task is not None:
        _report_lateness(task, now)


def _report_lateness(task: DueTask, now: datetime) -> None:
    lateness_seconds = task.lateness(now).total_seconds()
    logger.append_keys(task_key=task.key)
    logger.info("Task is due", due_time=task.due_time.isoformat(), lateness_seconds=lateness_seconds)
    tracer.put_annotation("task_key", task.key)
    # Metadata, not a dimension: CloudWatch bills every combination of dimensions as a metric of its own.
    metrics.add_metadata("task_key", task.key)
    metrics.add_metric("Lateness", MetricUnit.Seconds, lateness_seconds)
    metrics.flush_metrics()
