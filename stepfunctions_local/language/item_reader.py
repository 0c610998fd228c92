"""The fields ItemReader, ItemBatcher and ResultWriter of a distributed Map state.

Source: "ItemReader (Map)", "ItemBatcher (Map)" and "ResultWriter (Map)" in the Developer Guide.
"""

from dataclasses import dataclass, replace
from typing import Final

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields, QueryLanguage
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonpath.template import Template
from stepfunctions_local.language.map_run import (
    MOST_BATCH_BYTES,
    MOST_ITEMS,
    Batching,
    Dataset,
    Format,
    ManifestType,
    Transformation,
    Writing,
)
from stepfunctions_local.language.payload import parse_payload
from stepfunctions_local.language.reference import Number, parse_number

_ARGUMENTS: Final = {QueryLanguage.JSONPATH: "Parameters", QueryLanguage.JSONATA: "Arguments"}
_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_MAX_NUMBER: Final = 2**31 - 1

_GET_OBJECT: Final = "s3:getObject"
_LIST_OBJECTS: Final = "s3:listObjectsV2"
_PUT_OBJECT: Final = "s3:putObject"
_RESOURCE_PREFIX: Final = "arn:aws:states:::"


@dataclass(frozen=True, slots=True)
class ItemReader:
    """The place of the items, and how they are read. `config` is the dataset without its arguments."""

    config: Dataset
    arguments: Template
    max_items: Number

    def plan(self, data: Json, visit: Visit) -> Dataset:
        """Return the dataset. Raises EvaluationFailed."""
        names = ("Bucket",) if self.config.is_list else ("Bucket", "Key")
        limit = self.max_items.evaluate(data, visit) or MOST_ITEMS
        arguments = _require_texts(self.arguments.evaluate(data, visit), "ItemReader", names)
        return replace(self.config, arguments=arguments, most_items=min(int(limit), MOST_ITEMS))


@dataclass(frozen=True, slots=True)
class ItemBatcher:
    """How many items, and how many bytes of them, one child gets, and what it gets besides."""

    most_items: Number
    most_bytes: Number
    batch_input: Template | None

    def plan(self, data: Json, visit: Visit) -> Batching:
        """Return the batching. Raises EvaluationFailed."""
        most_items, most_bytes = self.most_items.evaluate(data, visit), self.most_bytes.evaluate(data, visit)
        for name, value in (("MaxItemsPerBatch", most_items), ("MaxInputBytesPerBatch", most_bytes)):
            if value == 0:
                raise EvaluationFailed(f"{name} must be a positive integer.")
        template = self.batch_input
        return Batching(
            None if most_items is None else int(most_items),
            MOST_BATCH_BYTES if most_bytes is None else int(most_bytes),
            None if template is None else template.evaluate(data, visit),
            has_input=template is not None,
        )


@dataclass(frozen=True, slots=True)
class ResultWriter:
    """The place and the form of the results."""

    arguments: Template | None
    transformation: Transformation
    is_lines: bool

    def plan(self, data: Json, visit: Visit) -> Writing:
        """Return how results are written. Raises EvaluationFailed."""
        if self.arguments is None:
            return Writing(None, self.transformation, self.is_lines)
        arguments = _require_texts(self.arguments.evaluate(data, visit), "ResultWriter", ("Bucket",))
        return Writing(arguments, self.transformation, self.is_lines)


def _require_texts(arguments: Json, field: str, names: tuple[str, ...]) -> dict[str, Json]:
    """Return arguments that S3 can be called with. Raises EvaluationFailed."""
    if not isinstance(arguments, dict):
        raise EvaluationFailed(f"The arguments of {field} must be an object but were: {dump_json(arguments)}")
    for name in names:
        value = arguments.get(name)
        if not isinstance(value, str) or not value:
            raise EvaluationFailed(f"{field} needs a {name}, a string, but has: {dump_json(value)}")
    for name in ("ExpectedBucketOwner", "Prefix", "VersionId"):
        if not isinstance(arguments.get(name, ""), str):
            raise EvaluationFailed(f"The {name} of {field} must be a string.")
    return arguments


def parse_item_reader(fields: Fields) -> ItemReader | None:
    """Parse ItemReader; return None if it is absent."""
    reader = fields.read_object("ItemReader")
    if reader is None:
        return None
    reader.require("Resource")
    resource = _parse_resource(reader, (_GET_OBJECT, _LIST_OBJECTS))
    is_list = resource == _LIST_OBJECTS
    arguments = _parse_arguments(reader, ("Bucket",) if is_list else ("Bucket", "Key"))
    config, max_items = _parse_reader_config(reader, is_list=is_list)
    reader.close()
    return ItemReader(config, arguments, max_items) if arguments else None


def parse_item_batcher(fields: Fields) -> ItemBatcher | None:
    """Parse ItemBatcher; return None if it is absent."""
    batcher = fields.read_object("ItemBatcher")
    if batcher is None:
        return None
    parsed = ItemBatcher(
        _parse_positive(batcher, "MaxItemsPerBatch", _MAX_NUMBER),
        _parse_positive(batcher, "MaxInputBytesPerBatch", MOST_BATCH_BYTES),
        parse_payload(batcher, "BatchInput"),
    )
    if not (parsed.most_items.is_given or parsed.most_bytes.is_given):
        batcher.refuse("One of the following fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]")
    batcher.close()
    return parsed


def parse_result_writer(fields: Fields) -> ResultWriter | None:
    """Parse ResultWriter; return None if it is absent."""
    writer = fields.read_object("ResultWriter")
    if writer is None:
        return None
    arguments = None
    if "Resource" in writer or _ARGUMENTS[writer.language] in writer:
        writer.require("Resource")
        _parse_resource(writer, (_PUT_OBJECT,))
        arguments = _parse_arguments(writer, ("Bucket",))
    elif "WriterConfig" not in writer:
        writer.refuse("Resource, WriterConfig, or both are required")
    default = Transformation.COMPACT if arguments is None else Transformation.NONE
    parsed = _parse_writer_config(writer, arguments, default)
    writer.close()
    return parsed


def _parse_writer_config(writer: Fields, arguments: Template | None, default: Transformation) -> ResultWriter:
    config = writer.read_object("WriterConfig")
    if config is None:
        return ResultWriter(arguments, default, is_lines=False)
    transformation = _read_choice(config, "Transformation", [*Transformation], default)
    output_type = _read_choice(config, "OutputType", ["JSON", "JSONL"], "JSON")
    config.close()
    return ResultWriter(arguments, Transformation(transformation), is_lines=output_type == "JSONL")


def _parse_resource(fields: Fields, names: tuple[str, ...]) -> str:
    supported = [f"{_RESOURCE_PREFIX}{name}" for name in names]
    resource = fields.read_text("Resource")
    if "Resource" in fields and resource not in supported:
        fields.refuse(
            f"The resource '{resource}' is not supported; {' and '.join(supported)} are", "Resource"
        )
    return resource.removeprefix(_RESOURCE_PREFIX)


def _parse_arguments(fields: Fields, required: tuple[str, ...]) -> Template | None:
    name = _ARGUMENTS[fields.language]
    if not fields.require(name):
        return None
    value = fields.read(name)
    if isinstance(value, dict):
        given = {key.removesuffix(".$") for key in value}
        if missing := [key for key in required if key not in given]:
            fields.refuse(f"These fields are required: [{', '.join(missing)}]", name)
    return parse_payload(fields, name)


def _parse_reader_config(reader: Fields, *, is_list: bool) -> tuple[Dataset, Number]:
    config = reader.read_object("ReaderConfig")
    if config is None:
        if not is_list:
            reader.refuse("These fields are required: [ReaderConfig]")
        return Dataset({}, is_list=is_list), Number("MaxItems", MOST_ITEMS, int)
    flatten = _read_choice(config, "Transformation", ["NONE", "LOAD_AND_FLATTEN"], "NONE") != "NONE"
    manifest = _parse_manifest(config)
    input_type = _parse_input_type(config, is_required=flatten or not (is_list or manifest))
    if input_type == "MANIFEST":
        manifest, input_type = manifest or ManifestType.S3_INVENTORY, ""
    if flatten and not is_list:
        config.refuse(f"LOAD_AND_FLATTEN is for {_LIST_OBJECTS}", "Transformation")
    headers = _parse_headers(config, Format.CSV in (input_type, "CSV" if manifest else ""))
    max_items = parse_number(config, "MaxItems", most=MOST_ITEMS)
    dataset = Dataset(
        {},
        is_list=is_list,
        format=Format(input_type) if input_type in [*Format] else None,
        manifest=manifest,
        headers=headers,
        delimiter=_DELIMITERS[_read_choice(config, "CSVDelimiter", [*_DELIMITERS], "COMMA")],
        pointer=config.parse("ItemsPointer", _parse_pointer) or (),
    )
    config.close()
    return dataset, replace(max_items, most=_MAX_NUMBER)


def _parse_manifest(config: Fields) -> ManifestType | None:
    if "ManifestType" not in config:
        return None
    manifest = _read_choice(config, "ManifestType", [*ManifestType], ManifestType.S3_INVENTORY)
    if manifest == ManifestType.S3_INVENTORY and "InputType" in config:
        if config.read("InputType") != "MANIFEST":
            config.refuse("InputType must be absent if ManifestType is S3_INVENTORY", "InputType")
    elif manifest == ManifestType.ATHENA_DATA:
        config.require("InputType")
    return ManifestType(manifest)


def _parse_input_type(config: Fields, *, is_required: bool) -> str:
    if is_required and not config.require("InputType"):
        return ""
    if config.read("InputType") == Format.PARQUET:
        config.report.warn(
            "Datasets in PARQUET are not read here: the state fails with States.ItemReaderFailed",
            config.location,
            "NOT_READ",
        )
    if "InputType" not in config:
        return ""
    return _read_choice(config, "InputType", [*Format, "MANIFEST"], Format.JSON)


def _parse_headers(config: Fields, is_csv: bool) -> tuple[str, ...] | None:  # noqa: FBT001 - of the caller's test
    location = _read_choice(config, "CSVHeaderLocation", ["FIRST_ROW", "GIVEN"], "")
    headers = config.read("CSVHeaders")
    if location != "GIVEN":
        if "CSVHeaders" in config:
            config.refuse("CSVHeaders needs a CSVHeaderLocation of GIVEN", "CSVHeaders")
        if is_csv and config.read("InputType") == "CSV" and not location:
            config.refuse("These fields are required: [CSVHeaderLocation]")
        return None
    if not isinstance(headers, list) or not headers or not all(isinstance(name, str) for name in headers):
        config.refuse("Expected a non-empty array of names", "CSVHeaders")
        return None
    return tuple(str(name) for name in headers)


def _parse_positive(fields: Fields, name: str, most: int) -> Number:
    number = parse_number(fields, name, most=most)
    if number.literal == 0:
        fields.refuse("Minimum value is 1", name)
    return number


def _parse_pointer(text: str) -> tuple[str, ...]:
    """Parse a JSON Pointer (RFC 6901). Raises ValueError."""
    if not text:
        return ()
    if not text.startswith("/"):
        raise ValueError("Expected a JSON Pointer, such as /inventory/products")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/"))


def _read_choice(fields: Fields, name: str, choices: list[str], default: str) -> str:
    value = fields.read_text(name, default)
    if name in fields and value not in choices:
        fields.refuse(f"Value is not valid. Must be one of: {', '.join(choices)}", name)
        return default
    return value
