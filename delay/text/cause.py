"""Formats the cause of a failure: Lambda's is JSON, with a message and a stack trace."""

import json
from collections.abc import Iterator
from typing import Any


def format_cause(cause: str) -> str:
    """Return a cause as people read it: the message of an error and its stack trace, in lines.

    A cause that is no error of Lambda is returned as it is.
    """
    error = _parse_error(cause)
    return "\n".join(_list_lines(error)) if error else cause.rstrip()


def summarize_cause(cause: str) -> str:
    """Return the message of an error without its stack trace, or a cause of another kind as it is."""
    error = _parse_error(cause)
    return _get_message(error) if error else cause.rstrip()


def _parse_error(cause: str) -> dict[str, Any]:
    """Return the error; an empty one if the cause is something else.

    Source: "Lambda function errors in Python" and the same for other runtimes: Node's trace is `trace`.
    """
    try:
        value = json.loads(cause)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and isinstance(value.get("errorMessage"), str) else {}


def _get_message(error: dict[str, Any]) -> str:
    return str(error["errorMessage"]).rstrip() or str(error.get("errorType", ""))


def _list_lines(error: dict[str, Any]) -> Iterator[str]:
    yield _get_message(error)
    for name in ("stackTrace", "trace"):
        frames = error.get(name)
        for frame in frames if isinstance(frames, list) else []:
            yield str(frame).rstrip()
