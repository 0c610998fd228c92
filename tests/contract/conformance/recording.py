"""What was recorded on AWS, and how an answer is held against it.

The recordings mask what differs at each run; a masked value matches any value of its kind.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[4] / "shared" / "conformance" / "recorded-on-aws.json"

_MASKS = {
    "timestamp",
    "date",
    "datetime",
    "start-date",
    "stop-date",
    "snf_role_arn",
    "lambda_function_name",
    "x-amzn-RequestId",
    "X-Amzn-Trace-Id",
    "RequestId",
}
_PLACEHOLDER = re.compile(r"(<[A-Za-z_][\w-]*(?::\d+)?>|\bs?sm_(?:\w+_)?arn\b)")
_OPTIONAL = {"redriveCount", "redriveStatus"}


def recordings() -> list[dict[str, Any]]:
    """Return every row, none where the recordings are not at hand."""
    return json.loads(PATH.read_text()) if PATH.exists() else []


def as_recorded(answer: Any, recorded: Any) -> Any:  # noqa: ANN401 - any JSON
    """Put the events of a history in the order in which they were recorded, where that is not AWS's.

    The recorder sorted what the branches of a Parallel did and took the numbers away, and of the events that
    end one after the other it kept the last.
    """
    if not isinstance(recorded, list) or all(event["id"] != [0] for event in recorded):
        return answer
    events: list[dict[str, Any]] = []
    branches: list[dict[str, Any]] = []
    start, inside = 0, False
    for event in answer:
        kind = event["type"].removeprefix("ParallelState")
        if kind in {"Succeeded", "Exited", "Failed", "Aborted"}:
            events[start:] = [*sorted(branches, key=_order), event]
            inside = False
        elif inside and kind != "Started":
            branches.append({**event, "id": [0], "previousEventId": 0})
        else:
            events += [*sorted(branches, key=_order), event] if inside else [event]
        if kind == "Started":
            branches, start, inside = [], len(events), True
    return events


def _order(event: dict[str, Any]) -> str:
    return json.dumps([event["timestamp"], event["type"], event])


def differences(expected: Any, actual: Any, where: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield where an answer departs from its recording."""
    if not isinstance(expected, str) and isinstance(actual, str):
        actual = _value(actual)
    if isinstance(expected, dict) and isinstance(actual, dict):
        yield from _member_differences(expected, actual, where)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{where}/{number}")
    elif not _same(expected, actual):
        yield f"{where}: recorded {expected!r}, answered {actual!r}"


def _member_differences(expected: dict[str, Any], actual: dict[str, Any], where: str) -> Iterator[str]:
    for name in expected.keys() | actual.keys():
        if name not in actual and name not in _OPTIONAL:
            yield f"{where}/{name}: recorded {expected[name]!r}, not answered"
        elif name not in expected and name not in _OPTIONAL:
            yield f"{where}/{name}: not recorded, answered {actual[name]!r}"
        elif name in expected and name in actual:
            yield from differences(expected[name], actual[name], f"{where}/{name}")


def _same(expected: Any, actual: Any) -> bool:  # noqa: ANN401 - any JSON
    if isinstance(expected, str) and expected in _MASKS:
        return True
    if isinstance(expected, str) and isinstance(actual, str):
        return bool(re.fullmatch(_pattern(expected), actual, re.DOTALL)) or _same_text(expected, actual)
    return type(expected) is type(actual) and expected == actual


def _same_text(expected: str, actual: str) -> bool:
    one, other = _value(expected), _value(actual)
    return isinstance(one, dict | list) and not list(differences(one, other))


def _pattern(expected: str) -> str:
    parts = _PLACEHOLDER.split(expected)
    return "".join(".*" if _PLACEHOLDER.fullmatch(part) else re.escape(part) for part in parts)


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except ValueError:
        return text
