"""Task tokens can be read by their engine alone, and cannot be forged."""

import pytest

from stepfunctions_local.engine.errors import InvalidToken
from stepfunctions_local.engine.execution.task_token import Attempt, TaskTokens

ATTEMPT = Attempt(branch_id=(7 << 16) + 1, entered_event_id=24_999, retries=3, redrives=1)
TOKENS = TaskTokens(b"secret")


def test_token_identifies_its_attempt() -> None:
    """It is the same each time it is made."""
    token = TOKENS.token(ATTEMPT)
    assert TOKENS.attempt(token) == ATTEMPT
    assert TaskTokens(b"secret").token(ATTEMPT) == token


def test_each_attempt_has_its_own_token() -> None:
    """The token of a retry differs from the first."""
    others = [
        Attempt(1, 2, 0, 0),
        Attempt(1, 2, 1, 0),
        Attempt(1, 2, 0, 1),
        Attempt(1, 3, 0, 0),
        Attempt(2, 2, 0, 0),
    ]
    assert len({TOKENS.token(other) for other in others}) == len(others)


@pytest.mark.parametrize("token", ["", "x", "no token", "é", "=" * 48, "A" * 48, "A" * 2048])
def test_malformed_token_is_refused(token: str) -> None:
    """The error is that of AWS."""
    with pytest.raises(InvalidToken):
        TOKENS.attempt(token)


def test_changed_token_is_refused() -> None:
    """Any changed character is found."""
    token = TOKENS.token(ATTEMPT)
    for index, character in enumerate(token):
        changed = token[:index] + ("A" if character != "A" else "B") + token[index + 1 :]
        with pytest.raises(InvalidToken):
            TOKENS.attempt(changed)


def test_token_of_another_journal_is_refused() -> None:
    """Each journal has its own secret."""
    with pytest.raises(InvalidToken):
        TaskTokens(b"other").attempt(TOKENS.token(ATTEMPT))
