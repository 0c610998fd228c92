"""The items of a distributed Map: read from the text of its ItemReader, and cut into batches.

Source: "ItemReader (Map)" and "ItemBatcher (Map)" in the Developer Guide.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from stepfunctions_local.inspection.tested_state import TestedState
from stepfunctions_local.language import InvalidJson, Json, Visit, dump_json, parse_json
from stepfunctions_local.language.diagnostic import Report
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.payload import parse_payload
from stepfunctions_local.language.reference import parse_number

READER_FAILED: Final = "States.ItemReaderFailed"
MAX_BATCH_BYTES: Final = 262_144
_MAX_ITEMS: Final = 100_000_000

_DELIMITERS: Final = MappingProxyType(
    {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
)


def read_items(tested: TestedState, text: str | None) -> tuple[Json, list[Json]]:
    """Return the part of a text that the ItemsPointer of a Map's ItemReader names, and the items in it.

    Without a text there are no items. Raises EvaluationFailed if the text is not what ReaderConfig says.
    """
    config = _read_config(tested)
    if text is None:
        return None, []
    try:
        data = _FORMATS.get(str(config.get("InputType", "JSON")), _parse_json)(text, config)
    except (InvalidJson, csv.Error) as error:
        raise _fail(str(error)) from error
    data = _follow_pointer(data, str(config.get("ItemsPointer", "")))
    return data, _list_items(data)[: _read_limit(config)]


def _read_config(tested: TestedState) -> Mapping[str, Json]:
    reader = tested.fields.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    return config if isinstance(config, dict) else {}


def _parse_json(text: str, _: Mapping[str, Json]) -> Json:
    return parse_json(text)


def _parse_json_lines(text: str, _: Mapping[str, Json]) -> Json:
    return [parse_json(line) for line in text.splitlines() if line.strip()]


def _parse_csv(text: str, config: Mapping[str, Json]) -> Json:
    delimiter = _DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")), ",")
    given = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
    names = [str(name) for name in given] if isinstance(given, list) else None
    rows = csv.DictReader(io.StringIO(text), names, delimiter=delimiter, restval="")
    return [{name: value for name, value in row.items() if name is not None} for row in rows]


_FORMATS: Final[Mapping[str, Callable[[str, Mapping[str, Json]], Json]]] = MappingProxyType(
    {"CSV": _parse_csv, "JSON": _parse_json, "JSONL": _parse_json_lines}
)


def _follow_pointer(data: Json, pointer: str) -> Json:
    """Return the value that a JSON Pointer (RFC 6901) names. Raises EvaluationFailed."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            raise _fail(f"The ItemsPointer '{pointer}' leads to nothing.")
    return data


def _list_items(data: Json) -> list[Json]:
    if isinstance(data, dict):
        return [{"Key": name, "Value": value} for name, value in data.items()]
    if isinstance(data, list):
        return data
    raise _fail("Attempting to map over non-iterable node.")


def _read_limit(config: Mapping[str, Json]) -> int | None:
    limit = config.get("MaxItems")
    return limit if isinstance(limit, int) and limit > 0 else None


def _fail(reason: str) -> EvaluationFailed:
    return EvaluationFailed(reason, error=READER_FAILED, names_state=False)


def build_batches(tested: TestedState, items: Sequence[Json], data: Json, visit: Visit) -> list[Json] | None:
    """Return the inputs that an ItemBatcher makes of items; None without one. Raises EvaluationFailed."""
    batcher = tested.fields.get("ItemBatcher")
    if not isinstance(batcher, dict):
        return None
    fields = Fields(batcher, "/ItemBatcher", Report(), tested.language)
    most = parse_number(fields, "MaxItemsPerBatch", most=_MAX_ITEMS).evaluate(data, visit)
    most_bytes = parse_number(fields, "MaxInputBytesPerBatch", most=MAX_BATCH_BYTES).evaluate(data, visit)
    shared = parse_payload(fields, "BatchInput")
    extra: dict[str, Json] = {} if shared is None else {"BatchInput": shared.evaluate(data, visit)}
    batches = _cut(items, int(most or _MAX_ITEMS), int(most_bytes or MAX_BATCH_BYTES))
    return [{**extra, "Items": batch} for batch in batches]


def _cut(items: Sequence[Json], most: int, most_bytes: int) -> Iterator[list[Json]]:
    """Yield batches of consecutive items within both limits. An item that is too large gets its own."""
    batch: list[Json] = []
    size = 0
    for item in items:
        length = len(dump_json(item).encode(errors="surrogatepass"))
        if batch and (len(batch) == most or size + length > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
