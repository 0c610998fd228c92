"""The values of Ref and Fn::GetAtt for resources whose names and ARNs follow from the template."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from stepfunctions_local.template.intrinsics import Resolver, Value
from stepfunctions_local.template.resources import (
    RESOURCE_TYPES,
    UNKNOWN_TYPE,
    ResourceType,
    generate_name,
)
from stepfunctions_local.template.stack import NO_VALUE, TargetStack

Resource: TypeAlias = Mapping[str, Any]

_CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")


class Attributes:
    """Resolves names, references and attributes of a stack's resources.

    `find` returns a resource by its logical id.
    """

    def __init__(self, stack: TargetStack, resolver: Resolver, find: Callable[[str], Resource]) -> None:
        self._stack = stack
        self._resolver = resolver
        self._find = find

    def ref(self, logical_id: str) -> str:
        """Return the value of Ref: a name, an ARN or a URL."""
        return self._fill_in(_get_type(self._find(logical_id)).ref, logical_id)

    def get(self, logical_id: str, attribute: str) -> Value | None:
        """Return an attribute; None if it does not follow from the template."""
        resource = self._find(logical_id)
        type_ = _get_type(resource)
        if attribute == "Arn" and type_.arn:
            return self._fill_in(type_.arn, logical_id)
        if attribute in type_.attributes:
            return self._fill_in(type_.attributes[attribute], logical_id)
        if resource.get("Type") in RESOURCE_TYPES and attribute in ("Name", type_.name_property):
            return self.resolve_name(logical_id)
        return self._get_declared(logical_id, attribute)

    def resolve_name(self, logical_id: str) -> str:
        """Return a resource's name; one made of its logical id if the template gives it none."""
        resource = self._find(logical_id)
        path = _get_type(resource).name_property
        own: Value = _get_properties(resource)
        for part in path.split("."):
            own = own.get(part) if isinstance(own, dict) else None
        given = self._resolve(logical_id, path, own)
        if given not in (None, NO_VALUE):
            return str(given)
        return generate_name(str(resource.get("Type")), logical_id, _get_properties(resource))

    def _get_declared(self, logical_id: str, attribute: str) -> Value | None:
        """Return the property that an attribute is called after, as the Value of a parameter is."""
        resource = self._find(logical_id)
        if str(resource.get("Type")).startswith(_CUSTOM):
            return None
        value = self._resolve(logical_id, attribute, _get_properties(resource).get(attribute))
        return value if isinstance(value, str | int | float) else None

    def _fill_in(self, text: str, logical_id: str) -> str:
        text = text.replace("{arn}", _get_type(self._find(logical_id)).arn)
        uuid = self._stack.make_uuid(logical_id)
        values: dict[str, Callable[[], str]] = {
            "region": lambda: self._stack.account.region,
            "account": lambda: self._stack.account.id,
            "name": lambda: self.resolve_name(logical_id),
            "path": lambda: self._get_own(logical_id, "Path", "/"),
            "group": lambda: self._get_own(logical_id, "GroupName", "default"),
            "queues": lambda: self._stack.queues_url,
            "uuid": lambda: uuid,
            "suffix": lambda: uuid[:6],
        }
        return text.format(**{key: make() for key, make in values.items() if f"{{{key}}}" in text})

    def _get_own(self, logical_id: str, name: str, default: str) -> str:
        given = self._resolve(logical_id, name, _get_properties(self._find(logical_id)).get(name))
        return default if given in (None, NO_VALUE) else str(given)

    def _resolve(self, logical_id: str, name: str, value: Value) -> Value:
        place = f"Resources/{logical_id}/Properties/{name}"
        return None if value is None else self._resolver.resolve(value, place)


def _get_type(resource: Resource) -> ResourceType:
    return RESOURCE_TYPES.get(str(resource.get("Type")), UNKNOWN_TYPE)


def _get_properties(resource: Resource) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = resource.get("Properties") or {}
    return properties
