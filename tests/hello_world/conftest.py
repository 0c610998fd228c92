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

ROOT = Path(__file__).parents[2]
# At import, because the tests import from the folder too.
sys.path.append(str(ROOT / "hello_world"))

TIMEOUT_MS = 30_000

Contexts = Callable[[dict[str, Any] | None], LambdaContext]


@pytest.fixture(scope="session")
def app() -> ModuleType:
    """The handler's module, loaded in the environment that `sam local` gives it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_SAM_LOCAL", "true")
        environment.setenv("LAMBDA_TASK_ROOT", "/var/task")
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "DelayedTasks")
        environment.setenv("POWERTOOLS_SERVICE_NAME", "delayed-tasks")
        return importlib.import_module("app")


@pytest.fixture
def context() -> Contexts:
    """What AWS's runtime client makes of an invocation with this client context."""

    def invoked_with(client_context: dict[str, Any] | None) -> LambdaContext:
        deadline_ms = int(time.time() * 1000) + TIMEOUT_MS
        return LambdaContext(
            "5b3d7e1c", client_context, None, deadline_ms, "arn:aws:lambda:us-east-1:1:function:f"
        )

    return invoked_with


@pytest.fixture
def log_lines(app: ModuleType) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that the function has logged so far, parsed."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(app.logger.registered_formatter)
    app.logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    app.logger.removeHandler(handler)


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The metrics that the function has written so far, as CloudWatch's embedded metric format."""

    def written() -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        return [line for line in lines if "_aws" in line]

    return written
