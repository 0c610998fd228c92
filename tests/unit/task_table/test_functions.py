"""The entry points of drain and sweep, as Lambda imports them."""

import os
import subprocess
import sys
from pathlib import Path

FUNCTION = Path(__file__).parents[3] / "hello_world"
SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "delayed-tasks",
    "TASK_TABLE": "tasks",
    "TASK_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/tasks",
    "TASK_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/letters",
    "TASK_KEEP_SECONDS": "604800",
    "TASK_ATTEMPTS": "4",
    "TASK_LEASE_SECONDS": "75",
    "TASK_RECORDS_END": "true",
}
CODE = """
import sys
from task_table import functions
assert callable(functions.drain) and callable(functions.sweep)
print(*(name for name in sys.modules if name.split(".")[0] in {"aws_lambda_powertools", "delay"}))
"""


def test_entry_points_are_imported_without_powertools() -> None:
    """Clients are made at import: a missing setting fails there, and drain and sweep need no library."""
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    ended = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=FUNCTION,
        env=SETTINGS | coverage,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ended.stdout.split() == []
