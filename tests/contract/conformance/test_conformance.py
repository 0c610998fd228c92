"""The endpoint answers as AWS was recorded to answer, for all of the language that it supports."""

import json
from typing import Any

import pytest

from tests.contract.conformance.recording import PATH, as_recorded, differences, recordings
from tests.contract.conformance.replay import Answers

OUT_OF_SCOPE = {"DISTRIBUTED"}
"""What CreateStateMachine still refuses by name."""

DIFFERENT: dict[str, str] = {}
"""Rows in scope that the endpoint answers differently, with the reason."""


def uses(definition: Any) -> set[str]:  # noqa: ANN401 - any JSON
    """Return which words of the language a definition uses, as fields or as values of them."""
    if isinstance(definition, dict):
        inner = set().union(*map(uses, definition.values()))
        return inner | definition.keys() | {value for value in definition.values() if isinstance(value, str)}
    return set().union(*map(uses, definition)) if isinstance(definition, list) else set()


def in_scope(row: dict[str, Any]) -> bool:
    return not uses(row["definition"]) & OUT_OF_SCOPE


ROWS = [row for row in recordings() if in_scope(row)]


@pytest.mark.skipif(not PATH.exists(), reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_the_answer_is_the_one_recorded_on_aws(row: dict[str, Any], answers: Answers) -> None:
    """Events, their order and numbers, details, errors and causes are AWS's."""
    if row["id"] in DIFFERENT:
        pytest.xfail(DIFFERENT[row["id"]])
    answer = answers[row["id"]]
    for part in ("create_error", "history", "describe_execution"):
        if row.get(part):
            found = list(differences(row[part], as_recorded(answer.get(part), row[part]), part))
            assert not found, "\n".join([json.dumps(row["definition"]), *found])
