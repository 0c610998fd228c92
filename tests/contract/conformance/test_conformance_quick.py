"""The endpoint answers as recorded on AWS: each tenth recording. The slow sibling has all of them."""

from typing import Any

import pytest

from tests.contract.conformance.recording import PATH, explain_differences, read_recordings
from tests.contract.conformance.replay import Answers

pytestmark = pytest.mark.xdist_group("conformance")

ROWS = read_recordings()[::10]


@pytest.mark.skipif(not PATH.exists(), reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_an_answer_equals_its_recording(row: dict[str, Any], some_answers: Answers) -> None:
    """Events, their order and numbers, details, errors and causes are AWS's."""
    assert not explain_differences(row, some_answers[row["id"]])
