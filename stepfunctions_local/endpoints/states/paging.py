"""Pages of a list, and the tokens between them, sealed so that no other text passes for one."""

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from secrets import token_bytes
from typing import Any, Generic, TypeAlias, TypeVar

from stepfunctions_local.engine.clock import Clock
from stepfunctions_local.engine.errors import InvalidToken
from stepfunctions_local.language import Json

T = TypeVar("T")
Question: TypeAlias = Sequence[str | int | bool | None]

_DEFAULT_SIZE = 100
_LIFE = timedelta(hours=24)
"""How long a token serves. Source: ListExecutions in the API Reference, on `nextToken`."""

_SEAL_BYTES = 12


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and the token for those that follow."""

    items: list[T]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """Makes tokens and reads them back. A token serves only the question that it was made for.

    Tokens die with the process, and after 24 hours as those of AWS do.
    """

    clock: Clock
    _key: bytes = field(default_factory=lambda: token_bytes(16))

    def token(self, question: Question, start: Json) -> str:
        """Return the token for the page that starts at `start`."""
        payload = json.dumps([self.clock.now().timestamp(), start], ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._seal(question, payload) + payload).decode()

    def start(self, question: Question, token: str | None) -> Any:  # noqa: ANN401 - any JSON
        """Return where the page of this token starts; nothing for the first page.

        Raises:
            InvalidToken: it was not made for this question, not made here, or a day ago.

        """
        if token is None:
            return None
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError as error:
            raise InvalidToken from error
        seal, payload = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(question, payload)):
            raise InvalidToken
        made, start = json.loads(payload)
        if self.clock.now().timestamp() - made > _LIFE.total_seconds():
            raise InvalidToken
        return start

    def page(
        self,
        question: Question,
        request: Mapping[str, Any],
        items: Iterable[T],
        place: Callable[[T], Any],
    ) -> Page[T]:
        """Cut out the page that a request asks for; `place` tells each item's own, and they ascend by it."""
        last = self.start(question, request.get("nextToken"))
        rest = (item for item in items if last is None or place(item) > last)
        return self.first(question, request, list(islice(rest, page_size(request) + 1)), place)

    def first(
        self,
        question: Question,
        request: Mapping[str, Any],
        items: list[T],
        place: Callable[[T], Any],
    ) -> Page[T]:
        """Cut out the first page of these items, the last of which says whether there are more."""
        size = page_size(request)
        page = items[:size]
        return Page(page, self.token(question, place(page[-1])) if len(items) > size else None)

    def _seal(self, question: Question, payload: bytes) -> bytes:
        message = json.dumps(question).encode() + payload
        return hmac.digest(self._key, message, "sha256")[:_SEAL_BYTES]


def page_size(request: Mapping[str, Any]) -> int:
    """Return how many items a request wants at most; 0 is none of its wishes, and 100 the default."""
    return request.get("maxResults") or _DEFAULT_SIZE
