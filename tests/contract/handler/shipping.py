"""Work for the function: ships an order, or does not, as the task says, and notes each time that it tries."""

import os
import time
from pathlib import Path
from typing import Any

import app

DONE = Path(os.environ["DONE"])
RELEASED = DONE.with_name("released")


class OutOfStock(Exception):
    """There is nothing to ship."""


def handle(event: dict[str, Any], task: Any) -> dict[str, Any]:  # noqa: ANN401 - due_task is the function's
    """Ship; the first time as `first` says, afterwards for good."""
    is_first = not DONE.exists()
    with DONE.open("a", encoding="utf-8") as lines:
        lines.write(f"{task.key} {task.generation}\n" if task else "no task\n")
    if is_first and event.get("first") == "fails":
        raise OutOfStock
    while is_first and event.get("first") == "waits" and not RELEASED.exists():
        time.sleep(0.02)
    return {"shipped": task and task.generation}


app.handle = handle  # type: ignore[assignment]
lambda_handler = app.lambda_handler
