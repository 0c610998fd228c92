"""The formats of datasets: splits the content of an object, part by part, into items.

Source: "ItemReader (Map)" and "How Step Functions parses input CSV files" in the Developer Guide.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias

from stepfunctions_local.language import InvalidJson, Json, parse_json

MAX_ITEM_BYTES: Final = 8 * 1024 * 1024
"""The largest item of an object. Source: "ItemReader (Map)"."""

_GZIP: Final = b"\x1f\x8b"
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"
_MAX_PART: Final = 1024 * 1024
"""How many bytes are decompressed at a time."""

Record: TypeAlias = tuple[Json, str | None]
"""The value of an item, and its key if it is a member of an object."""


class BadContent(Exception):
    """The content is not what its format demands. The message has the reason."""


class Parser(Protocol):
    """Splits content into records.

    `offset`: the byte after the last record, if content can be read from there.
    """

    offset: int | None

    def feed(self, part: bytes) -> Iterator[Record]:
        """Yield the records that end in a part. Raises BadContent."""
        ...

    def end(self) -> Iterator[Record]:
        """Yield the records that the end of the content ends. Raises BadContent."""
        ...


class Decompressor:
    """Decompresses content whose first bytes say that it is compressed."""

    def __init__(self) -> None:
        self.is_compressed = False
        self._decompress: Any = None
        self._is_first = True

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Yield the content of a part. Raises BadContent."""
        if self._is_first and part:
            self._is_first = False
            self._begin(part)
        if not self.is_compressed:
            yield part
            return
        try:
            yield from self._inflate(part)
        except zlib.error as error:
            raise BadContent(f"it cannot be decompressed: {error}") from error

    def _begin(self, part: bytes) -> None:
        if part.startswith(_ZSTANDARD):
            raise BadContent("it is compressed by Zstandard, which is not supported here (AWS supports it)")
        self.is_compressed = part.startswith(_GZIP)
        self._decompress = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def _inflate(self, part: bytes) -> Iterator[bytes]:
        rest = part
        while rest:
            if self._decompress.eof:  # another member follows
                self._decompress = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield self._decompress.decompress(rest, _MAX_PART)
            rest = self._decompress.unconsumed_tail or self._decompress.unused_data


class JsonLinesParser:
    """JSON Lines: one value a line. Blank lines are left out."""

    def __init__(self, offset: int = 0) -> None:
        self.offset: int | None = offset
        self._rest = b""

    def feed(self, part: bytes) -> Iterator[Record]:
        """Yield the values of the lines that end in a part. Raises BadContent."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            yield from self._parse(line, len(line) + 1)
        _require_short(self._rest)

    def end(self) -> Iterator[Record]:
        """Yield the value of the last line. Raises BadContent."""
        yield from self._parse(self._rest, len(self._rest))
        self._rest = b""

    def _parse(self, line: bytes, length: int) -> Iterator[Record]:
        self.offset = (self.offset or 0) + length
        if line.strip():
            _require_short(line)
            yield parse_value(line), None


class CsvParser:
    """CSV by AWS's rules. `headers` are the names of the columns; None if the first row has them.

    The bytes are read as Latin-1, in which each is a character, since all that matters is ASCII.
    """

    def __init__(self, delimiter: str, headers: list[str] | None, offset: int = 0) -> None:
        if headers is not None:
            _require_distinct(headers)
        self.headers = headers
        self.offset: int | None = offset
        separator = re.escape(delimiter)
        self._outside = re.compile(rf'[^"\\\r\n{separator}]+|""|"|\\.|{separator}|\r\n|\r|\n', re.DOTALL)
        self._inside = re.compile(r'[^"\\]+|""|"|\\.', re.DOTALL)
        self._delimiter = delimiter
        self._rest = ""
        self._begin_row()

    def feed(self, part: bytes) -> Iterator[Record]:
        """Yield the rows that end in a part. Raises BadContent."""
        yield from self._scan(part.decode("latin-1"), is_last=False)

    def end(self) -> Iterator[Record]:
        """Yield the last row, if no line break ends it. Raises BadContent."""
        yield from self._scan("", is_last=True)
        if self._fields or self._field or self._is_quoted:
            yield from self._end_row()

    def _begin_row(self) -> None:
        self._fields: list[str] = []
        self._field: list[str] = []
        self._in_quotes = self._is_quoted = False
        self._length = 0

    def _scan(self, part: str, *, is_last: bool) -> Iterator[Record]:
        text, at = self._rest + part, 0
        # The meaning of a quote, a backslash or a carriage return depends on the next character.
        stop = len(text) - (0 if is_last or not text or text[-1] not in '"\\\r' else 1)
        while at < stop:
            taken = self._next_part(text, at)
            at += len(taken)
            self._length += len(taken)
            if self._take(taken):
                yield from self._end_row()
        self._rest = text[at:]
        if self._length > MAX_ITEM_BYTES:
            raise BadContent("a row has more than 8 MB")

    def _next_part(self, text: str, at: int) -> str:
        if text[at] == '"' and not (self._in_quotes or self._field or self._is_quoted):
            return '"'
        match = (self._inside if self._in_quotes else self._outside).match(text, at)
        return match[0] if match else text[at]

    def _take(self, part: str) -> bool:
        """Add a part to the row, and return whether it ends the row."""
        if part == '"':
            self._take_quote()
        elif part == '""':
            self._field.append('"')
        elif self._in_quotes or part[0] not in f"{self._delimiter}\r\n":
            self._field.append(part.removeprefix("\\") if part != "\\" else "")
        elif part == self._delimiter:
            self._end_field()
        else:
            return True
        return False

    def _take_quote(self) -> None:
        if self._in_quotes:
            self._in_quotes = False
        elif self._field:
            self._field.append('"')
        else:
            self._in_quotes = self._is_quoted = True

    def _end_field(self) -> None:
        self._fields.append("".join(self._field).encode("latin-1").decode(errors="replace"))
        self._field, self._is_quoted = [], False

    def _end_row(self) -> Iterator[Record]:
        is_blank = not (self._fields or self._field or self._is_quoted)
        self._end_field()
        fields, self.offset = self._fields, (self.offset or 0) + self._length
        self._begin_row()
        if is_blank:
            return
        if self.headers is None:
            fields[0] = fields[0].removeprefix("\ufeff")
            _require_distinct(fields)
            self.headers = fields
            return
        missing = [""] * (len(self.headers) - len(fields))
        yield dict(zip(self.headers, [*fields, *missing], strict=False)), None


class JsonParser:
    """A JSON document with an array or an object at the place that `pointer` names."""

    offset: int | None = None

    def __init__(self, pointer: tuple[str, ...] = ()) -> None:
        import ijson  # noqa: PLC0415 - few datasets are JSON documents

        self._ijson = ijson
        self._events = ijson.sendable_list()
        self._parse = ijson.basic_parse_coro(self._events)
        self._walk = _Walk(pointer, ijson.ObjectBuilder)

    def feed(self, part: bytes) -> Iterator[Record]:
        """Yield the items that end in a part. Raises BadContent."""
        yield from self._take_events(lambda: self._parse.send(part))

    def end(self) -> Iterator[Record]:
        """Check that the document is complete, and has items. Raises BadContent."""
        yield from self._take_events(self._parse.close)
        if not self._walk.has_arrived:
            raise BadContent(f"it has nothing at /{'/'.join(self._walk.pointer)}")

    def _take_events(self, parse: Callable[[], object]) -> Iterator[Record]:
        try:
            parse()
        except (self._ijson.JSONError, UnicodeDecodeError) as error:
            raise BadContent(f"it is not JSON: {_first_line(error)}") from error
        events = [*self._events]
        del self._events[:]
        for event, value in events:
            yield from self._walk.take(event, value)


class _Walk:
    """Walks along the events of a parser to the container with the items, and builds each of these."""

    def __init__(self, pointer: tuple[str, ...], new_builder: Callable[[], Any]) -> None:
        self.pointer = pointer
        self.has_arrived = False
        self._new_builder = new_builder
        self._path: list[str | int] = []
        """The key or index in each open container."""
        self._builder: Any = None
        self._depth = 0

    def take(self, event: str, value: Any) -> Iterator[Record]:  # noqa: ANN401 - any JSON
        """Take an event. Yields an item that it completes. Raises BadContent."""
        if self._builder is not None:
            yield from self._build(event, value)
        elif event == "map_key":
            self._path[-1] = value
        elif event in {"end_map", "end_array"}:
            self._path.pop()
        else:
            yield from self._begin_value(event, value)

    def _begin_value(self, event: str, value: Any) -> Iterator[Record]:  # noqa: ANN401 - any JSON
        if self._path and isinstance(self._path[-1], int):
            self._path[-1] += 1
        depth = len(self._path)
        here = tuple(map(str, self._path[: len(self.pointer)]))
        if depth == len(self.pointer) + 1 and here == self.pointer:
            self._builder, self._depth = self._new_builder(), 0
            yield from self._build(event, value)
            return
        if depth == len(self.pointer) and here == self.pointer:
            if event not in {"start_map", "start_array"}:
                raise BadContent("Attempting to map over non-iterable node.")
            self.has_arrived = True
        if event == "start_map":
            self._path.append("")
        elif event == "start_array":
            self._path.append(-1)

    def _build(self, event: str, value: Any) -> Iterator[Record]:  # noqa: ANN401 - any JSON
        self._builder.event(event, _to_json_number(value))
        self._depth += {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}.get(event, 0)
        if self._depth == 0:
            built, self._builder = self._builder.value, None
            key = self._path[-1]
            yield built, key if isinstance(key, str) else None


def parse_value(text: bytes) -> Json:
    """Parse a JSON text. Raises BadContent."""
    try:
        return parse_json(decode_utf8(text))
    except InvalidJson as error:
        raise BadContent(
            f"'{text[:60].decode(errors='replace')}' is not JSON: {str(error).rstrip('.')}"
        ) from error


def decode_utf8(text: bytes) -> str:
    """Return the text of bytes. Raises BadContent."""
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise BadContent("it is not UTF-8") from error


def _to_json_number(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    if number in {float("inf"), float("-inf")}:
        raise BadContent(f"the number {value} is too large")
    return number


def _require_short(text: bytes) -> None:
    if len(text) > MAX_ITEM_BYTES:
        raise BadContent("a line has more than 8 MB")


def _require_distinct(headers: list[str]) -> None:
    if len(set(headers)) < len(headers):
        raise BadContent("CSV headers cannot contain duplicates.")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
