"""The imports of a cold start: only those that the function needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTION = Path(__file__).parents[3] / "hello_world"
HEAVY = ("aws_xray_sdk", "boto3", "botocore.session", "urllib3")
SETTINGS = {"POWERTOOLS_SERVICE_NAME": "delayed-tasks", "POWERTOOLS_METRICS_NAMESPACE": "DelayedTasks"}


def heavy_imports(**variables: str) -> set[str]:
    """Import the handler in its own process; return the heavy libraries that this imported."""
    code = f"import app, sys; print(*(set(sys.modules) & set({HEAVY!r})))"
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
