"""Pages of lists, and their tokens, which are sealed against forgery."""

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
Query: TypeAlias = Sequence[str | int | bool | None]

_DEFAULT_SIZE = 100
_LIFETIME = timedelta(hours=24)
"""How long a token is valid. Source: ListExecutions in the API Reference, on `nextToken`."""

_SEAL_BYTES = 12


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and the token of the next page, if any."""

    items: list[T]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """Creates and reads tokens. A token is valid only for the query that it was created for.

    Tokens expire with the process, and after 24 hours as on AWS.
    """

    clock: Clock
    _key: bytes = field(default_factory=lambda: token_bytes(16))

    def create_token(self, query: Query, start: Json) -> str:
        """Return the token of the page that begins at `start`."""
        payload = json.dumps([self.clock.now().timestamp(), start], ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._seal(query, payload) + payload).decode()

    def read_token(self, query: Query, token: str | None) -> Any:  # noqa: ANN401 - any JSON
        """Return the start of a token's page; None without a token, for the first page.

        Raises:
            InvalidToken: the token has expired, or was not created here for this query.

        """
        if token is None:
            return None
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError as error:
            raise InvalidToken from error
        seal, payload = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(query, payload)):
            raise InvalidToken
        created, start = json.loads(payload)
        if self.clock.now().timestamp() - created > _LIFETIME.total_seconds():
            raise InvalidToken
        return start

    def cut_page(
        self,
        query: Query,
        request: Mapping[str, Any],
        items: Iterable[T],
        place: Callable[[T], Any],
    ) -> Page[T]:
        """Return the requested page of items, which are in ascending order of `place`."""
        last = self.read_token(query, request.get("nextToken"))
        rest = (item for item in items if last is None or place(item) > last)
        return self.cut_first_page(query, request, list(islice(rest, page_size(request) + 1)), place)

    def cut_first_page(
        self,
        query: Query,
        request: Mapping[str, Any],
        items: list[T],
        place: Callable[[T], Any],
    ) -> Page[T]:
        """Return the first page of items. They must include one more than a page has, if there is one."""
        size = page_size(request)
        page = items[:size]
        return Page(page, self.create_token(query, place(page[-1])) if len(items) > size else None)

    def _seal(self, query: Query, payload: bytes) -> bytes:
        message = json.dumps(query).encode() + payload
        return hmac.digest(self._key, message, "sha256")[:_SEAL_BYTES]


def page_size(request: Mapping[str, Any]) -> int:
    """Return the requested page size; absent or 0 means 100."""
    return request.get("maxResults") or _DEFAULT_SIZE
