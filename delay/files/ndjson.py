"""Tasks as NDJSON: a JSON object on each line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from delay.files.entry import Broken, Fields, Row
from delay.files.lines import Line
from delay.text.json_object import parse_object


def read_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """Return an iterator over the lines that are not blank, parsed."""
    return (_parse_row(line) for line in lines if line.content.strip())


def write_row(values: Mapping[str, Any]) -> str:
    """Return a task as a line, with its line end."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _parse_row(line: Line) -> Row:
    try:
        return Fields(line.number, parse_object(line.text))
    except ValueError as error:
        return Broken(
            line.number, str(error) if line.is_ended else f"{error}; the file ends within this line"
        )
