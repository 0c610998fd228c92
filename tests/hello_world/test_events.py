"""Every event of events/ can be sent to app.py."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

import app

Contexts = Callable[[dict[str, Any] | None], LambdaContext]

EVENTS = sorted(Path(__file__).parents[2].joinpath("events").glob("*.json"))
CLIENT_CONTEXT = {
    "custom": {
        "execution": "arn:aws:states:us-east-1:123456789012:execution:delay:order-42",
        "startTime": "2026-11-24T01:00:00.123Z",
    }
}


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("client_context", [CLIENT_CONTEXT, None], ids=["due task", "bare call"])
def test_function_answers_every_event(
    context: Contexts, path: Path, client_context: dict[str, Any] | None
) -> None:
    """An execution sends a client context; `sam local invoke` does not."""
    event = json.loads(path.read_text())
    answer = app.lambda_handler(event, context(client_context))
    assert json.loads(json.dumps(answer)) == {"message": "hello world", "received": event}
