"""Task tokens: a client sends one back to report on a Task.

A token holds the branch and the attempt that it is for, so no table of tokens is needed, and a token of an
earlier attempt is recognised. It is sealed, so it cannot be guessed.
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
    """One attempt of a Task: the entry into the state, and the retries and redrives since."""

    branch_id: int
    entered_event_id: int
    retries: int
    redrives: int

    @classmethod
    def at(cls, place: Position | ActiveBranch, redrives: int) -> Self:
        """Return the attempt that a branch is at, in an execution that was redriven `redrives` times."""
        return cls(place.branch.id, place.entered_event_id, sum(place.retries), redrives)

    def is_under_way(self, position: Position, execution: Execution) -> bool:
        """Whether the branch at `position` is at this very attempt, in flight or awaited."""
        is_calling = position.phase in {Phase.CALLING, Phase.AWAITING}
        return is_calling and self == Attempt.at(position, execution.redrives)

    def __str__(self) -> str:
        """Return a text that no other attempt of the execution has."""
        return "/".join(map(str, astuple(self)))


class TaskTokens:
    """Makes tokens and reads them back. `key` is the secret of one journal."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, attempt: Attempt) -> str:
        """Return the token of an attempt: always the same one."""
        packed = _FORM.pack(*astuple(attempt))
        return base64.urlsafe_b64encode(packed + self._seal(packed)).decode()

    def attempt(self, token: str) -> Attempt:
        """Return the attempt that a token is for.

        Raises:
            InvalidToken: it was not made with this key.

        """
        try:
            decoded = base64.b64decode(token, b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidToken from error
        packed, seal = decoded[:-_SEAL_BYTES], decoded[-_SEAL_BYTES:]
        if len(packed) != _FORM.size or not hmac.compare_digest(seal, self._seal(packed)):
            raise InvalidToken
        return Attempt(*_FORM.unpack(packed))

    def _seal(self, packed: bytes) -> bytes:
        return hmac.digest(self._key, packed, hashlib.sha256)[:_SEAL_BYTES]
