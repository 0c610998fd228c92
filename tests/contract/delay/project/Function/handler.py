"""The function that the tasks of these tests call, in a worker and in memory alike."""

import time
from typing import Any


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Fail or sleep as the event asks. Return the event and the execution."""
    if "fail" in event:
        raise ValueError(event["fail"])
    time.sleep(event.get("seconds", 0))
    return {"event": event, "execution": context.client_context.custom["execution"]}
