"""The datasets of Map Runs: an object in S3, the objects that a manifest names, or those in a bucket.

A position has the last object that was read to its end (`after`), and of the next one the number of items
that were read (`items`), the byte that follows them (`offset`), the names of its CSV columns (`headers`), and
the tag of its content (`tag`): an object that has changed is not read on.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from stepfunctions_local.engine.execution.call import ReadItems, StorageFailed
from stepfunctions_local.integrations.formats import (
    BadContent,
    CsvParser,
    Decompressor,
    JsonLinesParser,
    JsonParser,
    Parser,
    Record,
    decode_utf8,
    parse_value,
)
from stepfunctions_local.integrations.storage import Storage, StoredObject
from stepfunctions_local.language import Item, Json
from stepfunctions_local.language.map_run import Dataset, Format, ManifestType

_PAGE_ITEMS: Final = 500
_PAGE_CHARACTERS: Final = 256 * 1024
"""The bounds of a page of items: their number, and the length of their text."""

_MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024
_S3_URI: Final = re.compile(r"s3a?://(?P<bucket>[^/]+)/(?P<key>.+)", re.IGNORECASE)

Mark: TypeAlias = int | str
"""The name of an object within a dataset: the key in a list, the number in a manifest."""


@dataclass(frozen=True, slots=True)
class _Source:
    """An object of a dataset, and how its items are read."""

    mark: Mark
    stored: StoredObject
    format: Format
    headers: tuple[str, ...] | None = None


@dataclass(slots=True)
class _Page:
    """The items that are read next, and the position after them."""

    after: Mark | None
    items: list[Item] = field(default_factory=list)
    characters: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.items) >= _PAGE_ITEMS or self.characters >= _PAGE_CHARACTERS

    def add(self, record: Record, source: str) -> None:
        value, key = record
        self.items.append(Item(value, key, source))
        self.characters += _estimate(value)

    def take(self, **position: Json) -> ReadItems:
        read = ReadItems(self.items, {"after": self.after, **position})
        self.items, self.characters = [], 0
        return read


@dataclass(frozen=True, slots=True)
class Datasets:
    """Reads datasets from a storage."""

    storage: Storage

    async def read(self, dataset: Dataset, position: Json) -> AsyncIterator[ReadItems]:
        """Yield the items after a position, page by page. Raises StorageFailed."""
        begun = cast("dict[str, Any]", position or {})
        if dataset.is_list and dataset.format is None:
            async for page in self._list(dataset, begun):
                yield page
            return
        async for source in self._find_sources(dataset, begun.get("after")):
            async for page in self._read_object(dataset, source, begun):
                yield page
            begun = {"after": source.mark}

    async def _list(self, dataset: Dataset, begun: dict[str, Any]) -> AsyncIterator[ReadItems]:
        """Yield the objects in a bucket themselves."""
        bucket = str(dataset.arguments["Bucket"])
        async for found in self.storage.list_objects(dataset.arguments, begun.get("after") or ""):
            page = _Page(None)
            for listed in found:
                page.add((_describe(listed), None), f"S3://{bucket}")
                page.after = listed["Key"]
                if page.is_full:
                    yield page.take()
            if page.items:
                yield page.take()

    async def _find_sources(self, dataset: Dataset, after: Mark | None) -> AsyncIterator[_Source]:
        """Yield the objects of a dataset after the one with a mark."""
        if dataset.is_list:
            async for found in self.storage.list_objects(dataset.arguments, str(after or "")):
                for listed in found:
                    if not listed["Key"].endswith("/"):
                        yield self._build_source(dataset, listed["Key"], str(listed["Key"]), {})
            return
        bucket, key = str(dataset.arguments["Bucket"]), str(dataset.arguments["Key"])
        options = {name: value for name, value in dataset.arguments.items() if name not in {"Bucket", "Key"}}
        whole = StoredObject(bucket, key, options)
        if dataset.manifest is None:
            sources = [_Source(0, whole, dataset.format or Format.JSON, dataset.headers)]
        else:
            sources = await self._read_manifest(dataset, whole)
        for source in sources[0 if after is None else int(after) + 1 :]:
            yield source

    def _build_source(
        self, dataset: Dataset, mark: Mark, key: str, options: dict[str, Json], bucket: str | None = None
    ) -> _Source:
        stored = StoredObject(bucket or str(dataset.arguments["Bucket"]), key, options)
        return _Source(mark, stored, dataset.format or Format.JSON, dataset.headers)

    async def _read_manifest(self, dataset: Dataset, manifest: StoredObject) -> list[_Source]:
        content = bytearray()
        decompressor = Decompressor()
        try:
            async for part, _ in self.storage.read(manifest):
                for plain in decompressor.feed(part):
                    content += plain
                    _require_short(content)
            if dataset.manifest is ManifestType.ATHENA_DATA:
                return self._parse_athena(dataset, decode_utf8(bytes(content)))
            return self._parse_inventory(dataset, parse_value(bytes(content)))
        except BadContent as error:
            raise _fail(manifest, error) from error

    def _parse_athena(self, dataset: Dataset, content: str) -> list[_Source]:
        """Parse the list of the objects that a query of Athena has written."""
        sources = []
        for index, line in enumerate(filter(None, map(str.strip, content.splitlines()))):
            named = _S3_URI.fullmatch(line.strip('"'))
            if named is None:
                raise BadContent(f"'{line}' does not name an object, as s3://bucket/key does")
            sources.append(self._build_source(dataset, index, named["key"], {}, named["bucket"]))
        return sources

    def _parse_inventory(self, dataset: Dataset, manifest: Json) -> list[_Source]:
        """Parse the manifest of an inventory, whose objects are CSV without a header."""
        try:
            shown = cast("dict[str, Any]", manifest)
            if shown["fileFormat"] != "CSV":
                raise BadContent(f"its fileFormat is {shown['fileFormat']}, and only CSV is supported")
            bucket = shown["destinationBucket"].rpartition(":")[2]
            headers = tuple(name.strip() for name in shown["fileSchema"].split(","))
            keys = [_require_key(file["key"]) for file in shown["files"]]
        except (AttributeError, KeyError, TypeError) as error:
            raise BadContent(
                "it is no inventory's manifest, which has destinationBucket, fileFormat, fileSchema, files"
            ) from error
        found = (self._build_source(dataset, index, key, {}, bucket) for index, key in enumerate(keys))
        return [replace(source, format=Format.CSV, headers=headers) for source in found]

    async def _read_object(
        self, dataset: Dataset, source: _Source, begun: dict[str, Any]
    ) -> AsyncIterator[ReadItems]:
        """Yield the items of an object. Those that were read before are skipped, or not read again."""
        items, offset, headers = begun.get("items", 0), begun.get("offset"), begun.get("headers")
        stored = replace(source.stored, tag=begun.get("tag"))
        skipped = 0 if offset is not None else items
        page, count = _Page(begun.get("after")), items - skipped
        try:
            parser = _build_parser(dataset, source, headers, offset or 0)
            async for record, tag in self._parse(stored, parser, offset or 0):
                count += 1
                if count <= skipped:
                    continue
                page.add(record, stored.uri)
                if page.is_full:
                    yield page.take(items=count, tag=tag, **_locate(parser))
        except BadContent as error:
            raise _fail(source.stored, error) from error
        page.after = source.mark
        yield page.take()

    async def _parse(
        self, stored: StoredObject, parser: Parser, offset: int
    ) -> AsyncIterator[tuple[Record, str]]:
        """Yield the records of an object, each with the tag of its content."""
        decompressor, tag = Decompressor(), ""
        async for part, tag in self.storage.read(stored, offset):
            for plain in decompressor.feed(part) if not offset else (part,):
                if decompressor.is_compressed:
                    parser.offset = None
                for record in parser.feed(plain):
                    yield record, tag
        for record in parser.end():
            yield record, tag


def _require_key(key: object) -> str:
    if not isinstance(key, str) or not key:
        raise TypeError("an object's key is a text")
    return key


def _require_short(manifest: bytearray) -> None:
    if len(manifest) > _MAX_MANIFEST_BYTES:
        raise BadContent("a manifest has at most 64 MiB")


def _build_parser(dataset: Dataset, source: _Source, headers: list[str] | None, offset: int) -> Parser:
    match source.format:
        case Format.PARQUET:
            raise BadContent("it is in PARQUET, which is not supported here (AWS supports it)")
        case Format.CSV:
            given = headers or (None if source.headers is None else [*source.headers])
            return CsvParser(dataset.delimiter, given, offset)
        case Format.JSON_LINES:
            return JsonLinesParser(offset)
    return JsonParser(dataset.pointer)


def _locate(parser: Parser) -> dict[str, Json]:
    """Return the part of a position that makes it unnecessary to read an object from its beginning."""
    if parser.offset is None:
        return {}
    headers = parser.headers if isinstance(parser, CsvParser) else None
    return {"offset": parser.offset} | ({"headers": [*headers]} if headers else {})


def _describe(listed: dict[str, Any]) -> dict[str, Json]:
    """Return an object of a list as an item has it."""
    modified = listed.get("LastModified")
    return {
        "Etag": listed.get("ETag"),
        "Key": listed["Key"],
        "LastModified": int(modified.timestamp()) if isinstance(modified, datetime) else None,
        "Size": listed.get("Size"),
        "StorageClass": listed.get("StorageClass", "STANDARD"),
    }


def _estimate(value: Json) -> int:
    """Return roughly the length of a value as JSON."""
    if isinstance(value, dict):
        return sum(len(key) + 4 + _estimate(member) for key, member in value.items())
    if isinstance(value, list):
        return sum(1 + _estimate(member) for member in value)
    return len(value) + 2 if isinstance(value, str) else 8


def _fail(stored: StoredObject, error: Exception) -> StorageFailed:
    # AWS's own words stand alone.
    text = str(error)
    return StorageFailed(text if text.endswith(".") else f"{stored.uri} cannot be read: {text}.")
