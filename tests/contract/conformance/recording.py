"""Recordings of AWS, and the comparison of answers with them.

They mask values that differ at each run. A mask matches any value of its kind.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[4] / "shared" / "conformance"
PATH = FOLDER / "recorded-on-aws.json"
MORE = FOLDER / "more-recorded-on-aws.json"

_MASKS = {
    "timestamp",
    "date",
    "datetime",
    "start-date",
    "stop-date",
    "start-time",
    "entered-time",
    "map_run_arn",
    "snf_role_arn",
    "sfn_role_arn",
    "lambda_function_name",
    "x-amzn-RequestId",
    "X-Amzn-Trace-Id",
    "RequestId",
}
_PLACEHOLDER = re.compile(r"(<[A-Za-z_][\w.-]*(?::\d+)?>|\bs?sm_(?:\w+_)?arn\b)")
_OPTIONAL = {"redriveCount", "redriveStatus"}


def read_recordings() -> list[dict[str, Any]]:
    """Return every row, or none if the recordings are absent."""
    return json.loads(PATH.read_text()) if PATH.exists() else []


def read_more_recordings(kind: str) -> list[dict[str, Any]]:
    """Return every further row of a kind, or none if the recordings are absent."""
    rows = json.loads(MORE.read_text()) if MORE.exists() else []
    return [row for row in rows if row["kind"] == kind]


def explain_differences(row: dict[str, Any], answer: dict[str, Any]) -> str:
    """Return the definition of a row and how the answer differs from the recording; empty if it does not."""
    found = [
        difference
        for part in ("create_error", "history", "describe_execution")
        if row.get(part)
        for difference in find_differences(row[part], order_as_recorded(answer.get(part), row[part]), part)
    ]
    return "\n".join([json.dumps(row["definition"]), *found]) if found else ""


def order_as_recorded(answer: Any, recorded: Any) -> Any:
    """Return a history with its events in the recorded order, if that is not AWS's.

    The recorder sorted the events in the branches of a Parallel and removed their numbers. Of several
    successive end events it kept the last.
    """
    if not isinstance(recorded, list) or all(event["id"] != [0] for event in recorded):
        return answer
    events: list[dict[str, Any]] = []
    branches: list[dict[str, Any]] = []
    start, inside = 0, False
    for event in answer:
        kind = event["type"].removeprefix("ParallelState")
        if kind in {"Succeeded", "Exited", "Failed", "Aborted"}:
            events[start:] = [*sorted(branches, key=_sort_key), event]
            inside = False
        elif inside and kind != "Started":
            branches.append({**event, "id": [0], "previousEventId": 0})
        else:
            events += [*sorted(branches, key=_sort_key), event] if inside else [event]
        if kind == "Started":
            branches, start, inside = [], len(events), True
    return events


def _sort_key(event: dict[str, Any]) -> str:
    return json.dumps([event["timestamp"], event["type"], event])


def find_differences(expected: Any, actual: Any, where: str = "") -> Iterator[str]:
    """Yield the differences between an answer and its recording."""
    if not isinstance(expected, str) and isinstance(actual, str):
        actual = _parse_if_json(actual)
    if isinstance(expected, dict) and isinstance(actual, dict):
        yield from _find_member_differences(expected, actual, where)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from find_differences(one, other, f"{where}/{number}")
    elif not _is_same(expected, actual):
        yield f"{where}: recorded {expected!r}, answered {actual!r}"


def _find_member_differences(expected: dict[str, Any], actual: dict[str, Any], where: str) -> Iterator[str]:
    for name in expected.keys() | actual.keys():
        if name not in actual and name not in _OPTIONAL:
            yield f"{where}/{name}: recorded {expected[name]!r}, not answered"
        elif name not in expected and name not in _OPTIONAL:
            yield f"{where}/{name}: not recorded, answered {actual[name]!r}"
        elif name in expected and name in actual:
            yield from find_differences(expected[name], actual[name], f"{where}/{name}")


def _is_same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, str) and (expected in _MASKS or _PLACEHOLDER.fullmatch(expected)):
        return True
    if isinstance(expected, str) and isinstance(actual, str):
        return bool(re.fullmatch(_build_pattern(expected), actual, re.DOTALL)) or _is_same_text(
            expected, actual
        )
    return type(expected) is type(actual) and expected == actual


def _is_same_text(expected: str, actual: str) -> bool:
    one, other = _parse_if_json(expected), _parse_if_json(actual)
    return isinstance(one, dict | list) and not list(find_differences(one, other))


def _build_pattern(expected: str) -> str:
    parts = _PLACEHOLDER.split(expected)
    return "".join(".*" if _PLACEHOLDER.fullmatch(part) else re.escape(part) for part in parts)


def _parse_if_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
