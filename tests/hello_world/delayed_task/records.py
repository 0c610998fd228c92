"""Records of Powertools Idempotency in memory: they follow the rules of its DynamoDB layer, and can fail."""

import time
from dataclasses import dataclass, field

from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord


class Unreachable(Exception):
    """The table does not answer."""


@dataclass
class Records(BasePersistenceLayer):
    """Records by key.

    `failing`: the operations that cannot reach the table, of put, update and delete.
    """

    kept: dict[str, DataRecord] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Initialize the base class of Powertools."""
        super().__init__()  # type: ignore[no-untyped-call] # Powertools has no types here

    def _get_record(self, idempotency_key: str) -> DataRecord:
        if idempotency_key not in self.kept:
            raise IdempotencyItemNotFoundError
        return self.kept[idempotency_key]

    def _put_record(self, data_record: DataRecord) -> None:
        self._reach("put")
        old = self.kept.get(data_record.idempotency_key)
        if old is not None and not _is_over(old):
            raise IdempotencyItemAlreadyExistsError(old_data_record=old)
        self.kept[data_record.idempotency_key] = data_record

    def _update_record(self, data_record: DataRecord) -> None:
        self._reach("update")
        self.kept[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record: DataRecord) -> None:
        self._reach("delete")
        del self.kept[data_record.idempotency_key]

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise Unreachable(operation)


def _is_over(record: DataRecord) -> bool:
    in_progress_ms = record.in_progress_expiry_timestamp
    timed_out = in_progress_ms is not None and in_progress_ms < time.time() * 1000
    return record.is_expired or (record.status == "INPROGRESS" and timed_out)
