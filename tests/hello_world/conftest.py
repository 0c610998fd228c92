"""The function as Lambda loads it: its own folder on the path, its settings in the environment."""

import importlib
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

SETTINGS = {
    "AWS_SAM_LOCAL": "true",
    "LAMBDA_TASK_ROOT": "/var/task",
    "POWERTOOLS_METRICS_NAMESPACE": "DelayedTasks",
    "POWERTOOLS_SERVICE_NAME": "delayed-tasks",
}
TIMEOUT_MS = 30_000

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]


def load_function() -> ModuleType:
    """Import app.py in the environment that `sam local` provides, and return its module of observability."""
    sys.path.append(str(Path(__file__).parents[2] / "hello_world"))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in SETTINGS.items():
            environment.setenv(name, value)
        importlib.import_module("app")
        return importlib.import_module("delayed_task.observability")


# Here, because the tests import app.py and delayed_task/ when they are collected.
LOGGER = load_function().logger


@pytest.fixture
def context() -> Contexts:
    """Build contexts as AWS's runtime client does, for an invocation with this client context."""

    def invoked_with(client_context: dict[str, Any] | None) -> LambdaContext:
        deadline_ms = int(time.time() * 1000) + TIMEOUT_MS
        return LambdaContext(
            "5b3d7e1c", client_context, None, deadline_ms, "arn:aws:lambda:us-east-1:1:function:f"
        )

    return invoked_with


@pytest.fixture
def log_lines() -> Iterator[Lines]:
    """Return the lines that the function has logged so far, parsed."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LOGGER.registered_formatter)
    LOGGER.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    LOGGER.removeHandler(handler)


@pytest.fixture
def debug_lines(log_lines: Lines) -> Iterator[Lines]:
    """Return the same lines, as of a function with `LogLevel=DEBUG`."""
    LOGGER.setLevel(logging.DEBUG)
    yield log_lines
    LOGGER.setLevel(logging.INFO)


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Return the metrics that the function has written so far, in CloudWatch's embedded metric format."""

    def written() -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        return [line for line in lines if "_aws" in line]

    return written
