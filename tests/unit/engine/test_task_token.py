"""Task tokens can be read by whoever made them, and be made up by nobody."""

import pytest

from stepfunctions_local.engine.errors import InvalidToken
from stepfunctions_local.engine.execution.task_token import Attempt, TaskTokens

ATTEMPT = Attempt(branch_id=(7 << 16) + 1, entered_event_id=24_999, retries=3, redrives=1)
TOKENS = TaskTokens(b"secret")


def test_a_token_leads_back_to_its_attempt() -> None:
    """And is the same whenever it is made."""
    token = TOKENS.token(ATTEMPT)
    assert TOKENS.attempt(token) == ATTEMPT
    assert TaskTokens(b"secret").token(ATTEMPT) == token


def test_each_attempt_has_a_token_of_its_own() -> None:
    """A retry's is not the first one's."""
    others = [
        Attempt(1, 2, 0, 0),
        Attempt(1, 2, 1, 0),
        Attempt(1, 2, 0, 1),
        Attempt(1, 3, 0, 0),
        Attempt(2, 2, 0, 0),
    ]
    assert len({TOKENS.token(other) for other in others}) == len(others)


@pytest.mark.parametrize("token", ["", "x", "no token", "é", "=" * 48, "A" * 48, "A" * 2048])
def test_what_is_no_token_is_refused(token: str) -> None:
    """As AWS refuses it."""
    with pytest.raises(InvalidToken):
        TOKENS.attempt(token)


def test_a_token_that_was_changed_is_refused() -> None:
    """Whatever character of it."""
    token = TOKENS.token(ATTEMPT)
    for index, character in enumerate(token):
        changed = token[:index] + ("A" if character != "A" else "B") + token[index + 1 :]
        with pytest.raises(InvalidToken):
            TOKENS.attempt(changed)


def test_a_token_of_another_journal_is_refused() -> None:
    """Its secret is another."""
    with pytest.raises(InvalidToken):
        TaskTokens(b"other").attempt(TOKENS.token(ATTEMPT))
