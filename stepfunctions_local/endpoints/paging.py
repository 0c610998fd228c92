"""Paging tokens: where the next page starts, sealed so that no other text passes for one."""

import base64
import hmac
import json
from dataclasses import dataclass, field
from secrets import token_bytes

from stepfunctions_local.engine.errors import InvalidToken

_SEAL_BYTES = 12


@dataclass(frozen=True, slots=True)
class Paging:
    """Makes tokens and reads them back. A token serves only the question that it was made for.

    Tokens die with the process, as those of AWS do after 24 hours.
    """

    _key: bytes = field(default_factory=lambda: token_bytes(16))

    def token(self, question: object, start: int) -> str:
        """Return the token for the page that starts at `start`."""
        start_bytes = start.to_bytes(8, "big", signed=True)
        return base64.urlsafe_b64encode(self._seal(question, start_bytes) + start_bytes).decode()

    def start(self, question: object, token: str | None) -> int | None:
        """Return where the page of this token starts; nothing for the first page.

        Raises:
            InvalidToken: it was not made for this question, or not made here.

        """
        if token is None:
            return None
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError as error:
            raise InvalidToken from error
        seal, start_bytes = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(question, start_bytes)):
            raise InvalidToken
        return int.from_bytes(start_bytes, "big", signed=True)

    def _seal(self, question: object, start_bytes: bytes) -> bytes:
        message = json.dumps(question).encode() + start_bytes
        return hmac.digest(self._key, message, "sha256")[:_SEAL_BYTES]
