"""The endpoint answers as recorded on AWS, for the whole of its language."""

import json
from typing import Any

import pytest

from tests.contract.conformance.recording import PATH, find_differences, order_as_recorded, read_recordings
from tests.contract.conformance.replay import Answers

pytestmark = pytest.mark.xdist_group("conformance")

DIFFERENT: dict[str, str] = {}
"""Rows that the endpoint answers differently, with the reason."""


ROWS = read_recordings()


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
