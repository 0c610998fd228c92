"""One-line definitions, the context of a visit, and the types of the fixtures."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from stepfunctions_local.language import Decision, Json, State, Visit

NOW = datetime(2026, 3, 14, 1, 59, tzinfo=UTC)

CONTEXT: dict[str, Json] = {
    "Execution": {
        "Id": "arn:aws:states:us-east-1:123456789012:execution:delay:order-42",
        "Input": {"a": 1},
        "Name": "order-42",
        "StartTime": "2026-03-14T01:59:00.000Z",
    },
    "State": {"Name": "X", "EnteredTime": "2026-03-14T01:59:00.000Z"},
}

MakeVisit = Callable[..., Visit]
MakeState = Callable[..., State]
Enter = Callable[..., Decision]
FindFaults = Callable[..., list[str]]


def define(fields: Mapping[str, object]) -> str:
    """Return a definition with a state X and the states that it names."""
    named = re.findall(r'"(?:Next|Default)": "([ABC])"', json.dumps(fields))
    targets = {name: {"Type": "Succeed"} for name in named}
    return json.dumps({"StartAt": "X", "States": {"X": fields, **targets}})
