"""The endpoint answers as recorded on AWS, for the whole of its language."""

import json
from typing import Any

import pytest

from tests.contract.conformance.recording import PATH, find_differences, order_as_recorded, read_recordings
from tests.contract.conformance.replay import Answers

pytestmark = pytest.mark.xdist_group("conformance")

OUT_OF_SCOPE = {"DISTRIBUTED"}
"""Words that CreateStateMachine refuses by name."""

DIFFERENT: dict[str, str] = {}
"""Rows in scope that the endpoint answers differently, with the reason."""


def find_words(definition: Any) -> set[str]:
    """Return the words in a definition: its field names, and the texts in its fields."""
    if isinstance(definition, dict):
        inner = set().union(*map(find_words, definition.values()))
        return inner | definition.keys() | {value for value in definition.values() if isinstance(value, str)}
    return set().union(*map(find_words, definition)) if isinstance(definition, list) else set()


def is_in_scope(row: dict[str, Any]) -> bool:
    return not find_words(row["definition"]) & OUT_OF_SCOPE


ROWS = [row for row in read_recordings() if is_in_scope(row)]


@pytest.mark.skipif(not PATH.exists(), reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_an_answer_equals_its_recording(row: dict[str, Any], answers: Answers) -> None:
    """Events, their order and numbers, details, errors and causes are AWS's."""
    if row["id"] in DIFFERENT:
        pytest.xfail(DIFFERENT[row["id"]])
    answer = answers[row["id"]]
    for part in ("create_error", "history", "describe_execution"):
        if row.get(part):
            found = list(find_differences(row[part], order_as_recorded(answer.get(part), row[part]), part))
            assert not found, "\n".join([json.dumps(row["definition"]), *found])
