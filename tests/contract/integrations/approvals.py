"""Handlers that get a task token: `ask` writes it to a file, `approve` sends it back."""

import json
import pathlib
import urllib.request


def ask(event: dict[str, str], _context: object) -> str:
    """Write the token to a file."""
    pathlib.Path(event["file"]).write_text(event["token"])
    return "asked"


def approve(event: dict[str, str], _context: object) -> str:
    """Send the token back before this call returns."""
    answer = {"taskToken": event["token"], "output": json.dumps({"approved": event["order"]})}
    headers = {"X-Amz-Target": "AWSStepFunctions.SendTaskSuccess"}
    request = urllib.request.Request(event["url"], json.dumps(answer).encode(), headers)  # noqa: S310 - a test's
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310 - a test's
    return "not what the Task comes to"
