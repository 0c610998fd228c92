"""The DynamoDB tables of a built template, as CreateTable takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stepfunctions_local.template.properties import Properties

TABLE_TYPES: Final = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable")
_SIMPLE: Final = "AWS::Serverless::SimpleTable"
_KEPT: Final = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
_TYPES: Final = {"String": "S", "Number": "N", "Binary": "B"}


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """A table.

    `definition` has the members of CreateTable.
    `ttl_attribute` is the attribute by which items expire, if there is one.
    """

    logical_id: str
    name: str
    definition: Mapping[str, Any]
    ttl_attribute: str | None = None


def read_table(type_: str, name: str, properties: Properties) -> DeclaredTable:
    """Return a table. It is billed on demand, whatever the template says.

    Raises:
        TemplateError: a value cannot be resolved here.

    """
    keys = _read_simple_keys(properties) if type_ == _SIMPLE else _read_keys(properties)
    definition = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **keys}
    expiry = properties.get_object("TimeToLiveSpecification")
    enabled = str(expiry.get("Enabled", False)).lower() == "true"
    ttl_attribute = str(expiry["AttributeName"]) if enabled and "AttributeName" in expiry else None
    return DeclaredTable(properties.logical_id, name, definition, ttl_attribute)


def _read_keys(properties: Properties) -> dict[str, Any]:
    given = {name: properties.get(name) for name in _KEPT}
    return {name: _drop_throughput(value) for name, value in given.items() if value}


def _drop_throughput(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return indexes without the throughput, which only a provisioned table has."""
    if not isinstance(value, list):
        return value
    dropped = {"ProvisionedThroughput", "ContributorInsightsSpecification", "WarmThroughput"}
    return [
        {key: part for key, part in item.items() if key not in dropped} if isinstance(item, dict) else item
        for item in value
    ]


def _read_simple_keys(properties: Properties) -> dict[str, Any]:
    """Return the key of a table of SAM's, which has one part: by default a text called `id`."""
    key = properties.get_object("PrimaryKey")
    name, type_ = str(key.get("Name", "id")), str(key.get("Type", "String"))
    return {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": _TYPES.get(type_, "S")}],
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
    }
