"""Reports a task that is due: its key in every log line, its lateness as a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from delayed_task.task import DueTask, UnreadableTaskError, read_due_task

if TYPE_CHECKING:
    from datetime import datetime

logger = Logger()
metrics = Metrics()


def report(event: object, client_context: object, now: datetime) -> DueTask | None:
    """Report the task that called, and return it; None where the call does not say which."""
    try:
        task = read_due_task(event, client_context)
    except UnreadableTaskError as error:
        # The task matters more than its lateness.
        logger.warning("Cannot tell the task's due time", reason=str(error))
        return None
    if task is not None:
        _report_lateness(task, now)
    return task


def _report_lateness(task: DueTask, now: datetime) -> None:
    lateness_seconds = task.lateness(now).total_seconds()
    logger.append_keys(task_key=task.key)
    logger.info(
        "Task is due",
        generation=task.generation,
        due_time=task.due_time.isoformat(),
        lateness_seconds=lateness_seconds,
    )
    # Metadata, not a dimension: CloudWatch bills every combination of dimensions as a metric of its own.
    metrics.add_metadata("task_key", task.key)
    metrics.add_metric("Lateness", MetricUnit.Seconds, lateness_seconds)
    metrics.flush_metrics()
