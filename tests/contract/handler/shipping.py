"""Work for the function: ships an order or fails, as the task asks, and records each attempt."""

import os
import time
from pathlib import Path
from typing import Any

import app
from delayed_task.task import DueTask

DONE = Path(os.environ["DONE"])
RELEASED = DONE.with_name("released")


class OutOfStock(Exception):
    """There is no item to ship."""


def handle(event: dict[str, Any], task: DueTask | None) -> dict[str, Any]:
    """Ship the order. The first attempt behaves as `first` asks, and later ones succeed."""
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
