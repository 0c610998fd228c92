"""What a cold start of the function imports: nothing that it does not need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTION = Path(__file__).parents[3] / "hello_world"
HEAVY = ("aws_xray_sdk", "boto3", "botocore.session", "urllib3")
SETTINGS = {"POWERTOOLS_SERVICE_NAME": "delayed-tasks", "POWERTOOLS_METRICS_NAMESPACE": "DelayedTasks"}


def heavy_imports(**variables: str) -> set[str]:
    """Load the handler in a process of its own; return which of the heavy libraries it has imported."""
    code = f"import app, sys; print(*(set(sys.modules) & set({HEAVY!r})))"
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    ended = subprocess.run(  # noqa: S603 - this Python, and no shell
        [sys.executable, "-c", code],
        cwd=FUNCTION,
        env=SETTINGS | coverage | variables,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return set(ended.stdout.split())


@pytest.mark.parametrize("variables", [{}, {"IDEMPOTENCY_TABLE": ""}], ids=["unset", "empty"])
def test_without_a_table_nothing_of_idempotency_is_imported(variables: dict[str, str]) -> None:
    """boto3 takes longer to import than all else together."""
    assert heavy_imports(**variables) == set()


def test_with_a_table_it_is_imported_before_the_first_call() -> None:
    """Before the first task waits for it, while Lambda starts the function."""
    assert {"boto3", "botocore.session"} <= heavy_imports(
        IDEMPOTENCY_TABLE="tasks", AWS_DEFAULT_REGION="us-east-1"
    )
