"""Reports a due task: its key in every log line, its lateness as a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from delayed_task.canary import is_canary
from delayed_task.errors import UnreadableTaskError
from delayed_task.task import DueTask, read_due_task

if TYPE_CHECKING:
    from datetime import datetime

logger = Logger()
metrics = Metrics()


def find_due_task(event: object, client_context: object) -> DueTask | None:
    """Return the task of a calling execution; None if the call names no task."""
    try:
        return read_due_task(event, client_context)
    except UnreadableTaskError as error:
        # The work matters more than its lateness.
        logger.warning("Cannot tell the task's due time", reason=str(error))
        return None


def report_due_task(event: object, task: DueTask, now: datetime) -> None:
    """Log a task, and measure its lateness."""
    lateness_seconds = task.lateness(now).total_seconds()
    _log_lateness(task, lateness_seconds)
    # A quiet stack's canaries would be most of its tasks, and hide the lateness of the others.
    if not is_canary(event):
        _measure_lateness(task, lateness_seconds)


def _log_lateness(task: DueTask, lateness_seconds: float) -> None:
    logger.append_keys(task_key=task.key)
    logger.info(
        "Task is due",
        generation=task.generation,
        due_time=task.due_time.isoformat(),
        lateness_seconds=lateness_seconds,
    )


def _measure_lateness(task: DueTask, lateness_seconds: float) -> None:
    # Metadata, not a dimension: CloudWatch bills every combination of dimensions as a metric of its own.
    metrics.add_metadata("task_key", task.key)
    metrics.add_metric("Lateness", MetricUnit.Seconds, lateness_seconds)
    metrics.flush_metrics()
