"""The imports of a cold start: only those that the function needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTION = Path(__file__).parents[3] / "hello_world"
HEAVY = ("aws_xray_sdk", "boto3", "botocore.session", "task_table", "urllib3")
SETTINGS = {"POWERTOOLS_SERVICE_NAME": "delayed-tasks", "POWERTOOLS_METRICS_NAMESPACE": "DelayedTasks"}


def heavy_imports(module: str = "app", **variables: str) -> set[str]:
    """Import an entry point in its own process; return the heavy libraries that this imported."""
    code = f"import {module}, sys; print(*(set(sys.modules) & set({HEAVY!r})))"
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=FUNCTION,
        env=SETTINGS | coverage | variables,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return set(ended.stdout.split())


@pytest.mark.parametrize("variables", [{}, {"IDEMPOTENCY_TABLE": ""}], ids=["unset", "empty"])
def test_function_without_a_table_does_not_import_boto3(variables: dict[str, str]) -> None:
    """It takes longer to import than everything else together."""
    assert heavy_imports(**variables) == set()


def test_function_with_a_table_imports_boto3_before_its_first_call() -> None:
    """Lambda imports it while it starts the function, before a task waits for it."""
    assert {"boto3", "botocore.session"} <= heavy_imports(
        IDEMPOTENCY_TABLE="tasks", AWS_DEFAULT_REGION="us-east-1"
    )


def test_function_of_a_queue_opens_its_table_before_its_first_call() -> None:
    """It has a file of its own, so that a call by an execution does not wait for boto3."""
    settings = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "TASK_ATTEMPTS": "4",
        "TASK_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/letters",
        "TASK_KEEP_SECONDS": "604800",
        "TASK_LEASE_SECONDS": "75",
        "TASK_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/tasks",
        "TASK_RECORDS_END": "true",
        "TASK_TABLE": "tasks",
    }
    imported = heavy_imports("delayed_task.queued", **settings)
    assert imported == {"boto3", "botocore.session", "task_table", "urllib3"}
