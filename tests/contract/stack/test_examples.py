"""The programs in `examples`, run against the deployed application."""

from datetime import timedelta

import pytest

from delay import Delay, Status
from tests.acceptance.examples.languages import LANGUAGES, Program

# The AWS CLI takes a second for each call of the shell program.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("deployed examples")]


@pytest.fixture(scope="session", params=LANGUAGES)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    language = LANGUAGES[request.param]
    if language.lacks:
        pytest.skip(language.lacks)
    return Program(language.build(tmp_path_factory.mktemp("program")), language.options)


def test_program_schedules_a_task(
    program: Program, delay: Delay, key: str, variables: dict[str, str]
) -> None:
    """The task is found by its key, and called."""
    completed = program.schedule('{"a": 1}', 1, *program.named(key), **variables)
    assert completed.code == 0, completed.err
    task = delay.wait(key, timeout=timedelta(minutes=1))
    assert (task.status, task.payload) == (Status.SUCCEEDED, {"a": 1})


def test_program_cancels_a_task(program: Program, delay: Delay, key: str, variables: dict[str, str]) -> None:
    """The task's function is not called."""
    delay.schedule({}, after=timedelta(days=7), key=key)
    completed = program.cancel(key, **variables)
    assert completed.code == 0, completed.err
    assert delay.get(key).status is Status.CANCELLED
