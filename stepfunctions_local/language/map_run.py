"""The plan of a Map Run: what a distributed Map state has decided on before its first item is read.

A plan is data. It is kept with the run, so that a run goes on by the same plan after a restart or a redrive.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

from stepfunctions_local.language.decision import Json

MOST_AT_ONCE: Final = 10_000
"""How many children of a run are open at a time, at most. Source: "Map state processing modes"."""

MOST_ITEMS: Final = 100_000_000
"""How many items a reader reads, at most. Source: "ItemReader", on MaxItems."""

MOST_BATCH_BYTES: Final = 262_144
"""The largest input of a child, in bytes of UTF-8."""

ITEM_READER_FAILED: Final = "States.ItemReaderFailed"
RESULT_WRITER_FAILED: Final = "States.ResultWriterFailed"
THRESHOLD_EXCEEDED: Final = "States.ExceedToleratedFailureThreshold"


class Format(StrEnum):
    """The format of a dataset's objects. Source: "ItemReader", on InputType."""

    CSV = "CSV"
    JSON = "JSON"
    JSON_LINES = "JSONL"
    PARQUET = "PARQUET"


class ManifestType(StrEnum):
    """A list of the objects that a dataset consists of. Source: "ItemReader", on ManifestType."""

    ATHENA_DATA = "ATHENA_DATA"
    S3_INVENTORY = "S3_INVENTORY"


class Transformation(StrEnum):
    """How results are written. Source: "ResultWriter"."""

    NONE = "NONE"
    COMPACT = "COMPACT"
    FLATTEN = "FLATTEN"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset in S3.

    `arguments`: those of GetObject or, if the dataset `is_list`, of ListObjectsV2.
    `format`: that of the objects; None for a list whose items are the listed objects themselves.
    `headers`: the names of CSV columns; None if the first row has them.
    `pointer`: the keys and indices that lead to the items of a JSON document.
    `most_items`: items after these are not read.
    """

    arguments: dict[str, Json]
    is_list: bool = False
    format: Format | None = None
    manifest: ManifestType | None = None
    headers: tuple[str, ...] | None = None
    delimiter: str = ","
    pointer: tuple[str, ...] = ()
    most_items: int = MOST_ITEMS

    @classmethod
    def load(cls, row: dict[str, Any]) -> Self:
        """Return the dataset that was dumped."""
        headers = row["headers"]
        return cls(
            **row
            | {
                "format": row["format"] and Format(row["format"]),
                "manifest": row["manifest"] and ManifestType(row["manifest"]),
                "headers": None if headers is None else tuple(headers),
                "pointer": tuple(row["pointer"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Batching:
    """How items become batches. `batch_input` is part of each of them, if it is given."""

    most_items: int | None = None
    most_bytes: int = MOST_BATCH_BYTES
    batch_input: Json = None
    has_input: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """How results are written: to S3 if there are `arguments`, otherwise into the state's result."""

    arguments: dict[str, Json] | None = None
    transformation: Transformation = Transformation.COMPACT
    is_lines: bool = False

    @property
    def bucket(self) -> str:
        """The bucket that results go to."""
        return str((self.arguments or {}).get("Bucket", ""))

    @property
    def prefix(self) -> str:
        """The beginning of the results' keys, without a slash at its end."""
        return str((self.arguments or {}).get("Prefix") or "").rstrip("/")


@dataclass(frozen=True, slots=True)
class MapRunPlan:
    """The settings of a run.

    `max_concurrency`: how many children may be open at a time; 0 for AWS's own limit.
    `tolerated_count` and `tolerated_percentage`: how many items may fail; None if the state does not say.
    """

    max_concurrency: int = 0
    tolerated_count: int | None = None
    tolerated_percentage: float | None = None
    dataset: Dataset | None = None
    batching: Batching | None = None
    writing: Writing = Writing()

    @property
    def at_once(self) -> int:
        """How many children may be open at a time."""
        return min(self.max_concurrency or MOST_AT_ONCE, MOST_AT_ONCE)

    @property
    def exports(self) -> bool:
        """Whether results are written to S3."""
        return self.writing.arguments is not None

    def tolerates(self, failed: int, items: int) -> bool:
        """Whether a run tolerates the number of its failed items."""
        if self.tolerated_count is None and self.tolerated_percentage is None:
            return failed == 0
        if self.tolerated_count is not None and failed > self.tolerated_count:
            return False
        percentage = self.tolerated_percentage
        return percentage is None or failed * 100 <= percentage * items

    def dump(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return asdict(self)

    @classmethod
    def load(cls, row: Mapping[str, Any]) -> Self:
        """Return the plan that was dumped."""
        writing = row["writing"]
        return cls(
            row["max_concurrency"],
            row["tolerated_count"],
            row["tolerated_percentage"],
            Dataset.load(row["dataset"]) if row["dataset"] else None,
            Batching(**row["batching"]) if row["batching"] else None,
            Writing(**writing | {"transformation": Transformation(writing["transformation"])}),
        )
