"""Manifests that name the objects of a dataset, and those that cannot be used."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from stepfunctions_local.engine.execution.call import StorageFailed
from stepfunctions_local.integrations.datasets import Datasets
from stepfunctions_local.integrations.storage import Storage, StoredObject
from stepfunctions_local.language.map_run import Dataset, Format, ManifestType

ARGUMENTS: dict[str, Any] = {"Bucket": "b", "Key": "m"}
INVENTORY = Dataset(ARGUMENTS, manifest=ManifestType.S3_INVENTORY)
ATHENA = Dataset(ARGUMENTS, format=Format.JSON_LINES, manifest=ManifestType.ATHENA_DATA)
FILES = [{"key": "k"}]
SHOWN = {"destinationBucket": "arn:aws:s3:::b", "fileFormat": "CSV", "fileSchema": "K", "files": FILES}
NO_INVENTORY = "it is no inventory's manifest, which has destinationBucket, fileFormat, fileSchema, files"


@dataclass(frozen=True, slots=True)
class FakeStorage:
    """A storage of objects by their keys."""

    objects: dict[str, bytes]

    async def read(self, stored: StoredObject, offset: int = 0) -> AsyncIterator[tuple[bytes, str]]:
        """Yield the object in one part."""
        yield self.objects[stored.key][offset:], "tag"


def read(dataset: Dataset, **objects: bytes) -> list[Any]:
    """Return the items of a dataset."""

    async def collect() -> list[Any]:
        datasets = Datasets(cast("Storage", FakeStorage(objects)))
        return [item.value async for page in datasets.read(dataset, None) for item in page.items]

    return asyncio.run(collect())


def dump(**changes: Any) -> bytes:
    """Return the manifest of an inventory with changed fields."""
    return json.dumps(SHOWN | changes).encode()


def test_objects_of_a_manifest_are_read_in_its_order() -> None:
    """An inventory's are CSV without a header, and Athena's have the format of the reader."""
    assert read(INVENTORY, m=dump(), k=b"1\n2\n") == [{"K": "1"}, {"K": "2"}]
    assert read(ATHENA, m=b'"s3://b/y"\n\ns3://b/x\n', x=b"1\n", y=b"2\n") == [2, 1]


@pytest.mark.parametrize(
    ("dataset", "manifest", "reason"),
    [
        (ATHENA, b"b/k", "'b/k' does not name an object, as s3://bucket/key does"),
        (ATHENA, b"s3://b/\xff", "it is not UTF-8"),
        (INVENTORY, b"s3://b/k", "'s3://b/k' is not JSON: Expecting value at line 1, column 1"),
        (INVENTORY, dump(fileFormat="ORC"), "its fileFormat is ORC, and only CSV is supported"),
        *(
            (
                INVENTORY,
                manifest,
                NO_INVENTORY,
            )
            for manifest in (
                b"[]",
                b"{}",
                dump(fileSchema=1),
                dump(files=[{}]),
                dump(files=[{"key": 1}]),
                dump(files=["k"]),
                dump(destinationBucket=None),
            )
        ),
    ],
)
def test_unusable_manifest_fails_the_dataset(dataset: Dataset, manifest: bytes, reason: str) -> None:
    """The cause names the object and its fault, without words of Python."""
    with pytest.raises(StorageFailed) as failed:
        read(dataset, m=manifest)
    assert str(failed.value) == f"S3://b/m cannot be read: {reason}."
