"""One of the programs in `examples`, run against the deployed application."""

from datetime import timedelta
from pathlib import Path

import pytest

from delay import Delay, Status
from tests.acceptance.examples.languages import LANGUAGES, Program


@pytest.fixture
def javascript(tmp_path: Path) -> Program:
    language = LANGUAGES["javascript"]
    if language.lacks:
        pytest.skip(language.lacks)
    return Program(language.build(tmp_path), language.options)


def test_program_schedules_and_cancels_a_task(
    javascript: Program, delay: Delay, key: str, variables: dict[str, str]
) -> None:
    """The task is found by its key, and its function is not called."""
    week_seconds = timedelta(days=7) // timedelta(seconds=1)
    scheduled = javascript.schedule('{"a": 1}', week_seconds, *javascript.named(key), **variables)
    assert scheduled.code == 0, scheduled.err
    assert (delay.get(key).status, delay.get(key).payload) == (Status.WAITING, {"a": 1})
    assert javascript.cancel(key, **variables).code == 0
    assert delay.get(key).status is Status.CANCELLED
