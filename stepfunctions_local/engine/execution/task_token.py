"""Task tokens: what somebody sends back to say what became of a Task.

A token says which attempt of which branch it is for, and is sealed, so that none can be guessed: nothing has
to be kept to find the branch again, or to know the token of an earlier attempt.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import astuple, dataclass
from typing import Final, Self

from stepfunctions_local.engine.errors import InvalidToken
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.execution import Execution, Phase, Position

_FORM: Final = struct.Struct(">qIII")
_SEAL_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a Task: of a branch in a state that it entered, after retries and redrives."""

    branch_id: int
    entered_event_id: int
    retries: int
    redrives: int

    @classmethod
    def at(cls, place: Position | ActiveBranch, redrives: int) -> Self:
        """Return the attempt of the branch that is there, in an execution redriven so often."""
        return cls(place.branch.id, place.entered_event_id, sum(place.retries), redrives)

    def is_under_way(self, position: Position, execution: Execution) -> bool:
        """Whether the branch that stands there is at this very attempt."""
        active = position.phase in {Phase.CALLING, Phase.AWAITING}
        return active and self == Attempt.at(position, execution.redrives)

    def __str__(self) -> str:
        """Tell it from all others of the branch's execution."""
        return "/".join(map(str, astuple(self)))


class TaskTokens:
    """Makes tokens, and knows its own again. `key` is the secret of one journal."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, attempt: Attempt) -> str:
        """Return the token of an attempt; always the same."""
        packed = _FORM.pack(*astuple(attempt))
        return base64.urlsafe_b64encode(packed + self._seal(packed)).decode()

    def attempt(self, token: str) -> Attempt:
        """Return the attempt that a token is for.

        Raises:
            InvalidToken: it was not made here.

        """
        try:
            read = base64.b64decode(token, b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidToken from error
        packed, seal = read[:-_SEAL_BYTES], read[-_SEAL_BYTES:]
        if len(packed) != _FORM.size or not hmac.compare_digest(seal, self._seal(packed)):
            raise InvalidToken
        return Attempt(*_FORM.unpack(packed))

    def _seal(self, packed: bytes) -> bytes:
        return hmac.digest(self._key, packed, hashlib.sha256)[:_SEAL_BYTES]
