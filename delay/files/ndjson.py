"""Tasks as NDJSON: a JSON object on each line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from delay.files.entry import Broken, Fields, Row
from delay.files.lines import Line
from delay.text.json_object import parse_object


def read_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """Read each line that is not blank."""
    return (_row(line) for line in lines if line.content.strip())


def write_row(values: Mapping[str, Any]) -> str:
    """Write a task as a line, its end included."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _row(line: Line) -> Row:
    try:
        return Fields(line.number, parse_object(line.text))
    except ValueError as error:
        return Broken(
            line.number, str(error) if line.is_ended else f"{error}; the file ends within this line"
        )
