"""Statements in PartiQL, which insert up to 25 rows in one request, each on its own condition.

A BatchWriteItem has no conditions, and a transaction fails as a whole.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from task_table.errors import TaskTableError
from task_table.item import build_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from task_table.attributes import Attributes

DUPLICATE: Final = "DuplicateItem"
"""The code of an INSERT whose key has an item."""

_TRANSIENT: Final = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)
"""The codes of statements that may be sent again. Source: BatchStatementError in the API Reference."""


class StatementFailed(TaskTableError):
    """DynamoDB refused one statement of a batch. `code` is that of BatchStatementError."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def build_insert(table: str, attributes: Attributes) -> dict[str, Any]:
    """Return the statement that inserts a row if its key has none."""
    return {
        "Statement": _format_insert(table, tuple(attributes)),
        "Parameters": list(build_item(attributes).values()),
    }


@lru_cache
def _format_insert(table: str, names: tuple[str, ...]) -> str:
    places = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{places}}}'


def find_failure(response: Mapping[str, Any]) -> StatementFailed | None:
    """Return why a statement failed, or None if it was carried out."""
    error = response.get("Error")
    return error and StatementFailed(error.get("Code", ""), error.get("Message", ""))


def is_transient(failure: StatementFailed | None) -> bool:
    """Return whether the statement may be sent again."""
    return failure is not None and failure.code in _TRANSIENT
