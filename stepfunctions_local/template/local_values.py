"""Local values of the names in a template: parameters, conditions, mappings and resources."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template import intrinsics
from stepfunctions_local.template.attributes import Attributes
from stepfunctions_local.template.faults import ValueMissing, gather
from stepfunctions_local.template.generated import GENERATED_TYPES, find_generated, generate_resources
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.qualified import QUALIFIED, resolve_qualified_arn
from stepfunctions_local.template.resources import FUNCTION_TYPES, STATE_MACHINE_TYPES
from stepfunctions_local.template.stack import NO_VALUE, TargetStack

_GENERATED_ROLE: Final = "AWS::IAM::Role"
_DYNAMIC: Final = re.compile(r"\{\{(resolve:[^{}]+)\}\}")
"""A reference to a value in Parameter Store or Secrets Manager."""


class LocalValues:
    """Resolves intrinsic functions, one value at a time: unused values need not be resolvable.

    A `place` is the path of a value, such as Resources/F/Properties/Timeout, for error messages.
    """

    def __init__(self, template: Mapping[str, Any], stack: TargetStack) -> None:
        self._template = _require_objects(template)
        self._stack = stack
        self.resources: Mapping[str, Any] = self._get_section("Resources")
        """The template's resources by logical id, with those that SAM generates."""
        self._attributes = Attributes(stack, self, lambda logical_id: self.resources[logical_id])
        functions = self._get_section("Globals").get("Function") or {}
        self._generated = generate_resources(self.resources, self, functions.get("AutoPublishAlias"))
        self.resources = {**self._generate_roles(), **self._generated, **self.resources}

    def resolve(self, value: Value, place: str) -> Value:
        """Return the value with all its intrinsic functions resolved.

        Raises:
            TemplateError: one of them cannot be resolved locally.

        """
        if isinstance(value, dict):
            return self._resolve_object(value, place)
        if isinstance(value, list):
            items = {
                index: partial(self.resolve, item, f"{place}/{index}") for index, item in enumerate(value)
            }
            return [item for item in gather(items).values() if item is not NO_VALUE]
        return self._resolve_dynamic(value, place) if isinstance(value, str) else value

    def ref(self, name: str, place: str) -> Value:
        """Return the value of a reference to a parameter, a pseudo parameter or a resource."""
        if name in self._stack.pseudo_parameters:
            return self._stack.pseudo_parameters[name]
        if name in self._get_section("Parameters"):
            return self._resolve_parameter(name, place)
        if name in self._stack.parameters:
            return self._stack.parameters[name]
        resource, _, part = name.partition(".")
        if resource not in self.resources:
            raise TemplateError(f"{place}: {name} is neither a parameter nor a resource of this template.")
        if part:
            return self._resolve_generated(resource, part, place)
        if self.resources[resource].get("Type") in QUALIFIED:
            return resolve_qualified_arn(self, self.resources, resource, place)
        return self._attributes.ref(resource)

    def get_att(self, resource: str, attribute: str, place: str) -> Value:
        """Return a resource's attribute. One that only AWS knows has to be passed."""
        name = f"{resource}.{attribute}"
        if name in self._stack.parameters:
            return self._stack.parameters[name]
        if resource not in self.resources:
            raise TemplateError(f"{place}: {resource} is not a resource of this template.")
        if attribute in GENERATED_TYPES and self.resources[resource].get("Type") in FUNCTION_TYPES:
            return self._resolve_generated(resource, attribute, place)
        if attribute == "Arn" and self.resources[resource].get("Type") in QUALIFIED:
            return resolve_qualified_arn(self, self.resources, resource, place)
        value = self._attributes.get(resource, attribute)
        if value is None:
            raise ValueMissing(place, name, f"only AWS knows the value of Fn::GetAtt {name}")
        return value

    def import_value(self, name: str, place: str) -> Value:
        """Return a value that another stack exports. It has to be passed."""
        if name not in self._stack.parameters:
            raise ValueMissing(place, name, f"{name} is exported by another stack and has no value here")
        return self._stack.parameters[name]

    def exists(self, resource: str) -> bool:
        """Return whether a resource's condition holds; also if it has none, or none that can be evaluated."""
        condition = self.resources[resource].get("Condition")
        try:
            return condition is None or self.evaluate_condition(condition, f"Resources/{resource}/Condition")
        except TemplateError:
            return True

    def evaluate_condition(self, name: str, place: str) -> bool:
        """Return whether one of the template's conditions holds."""
        conditions = self._get_section("Conditions")
        if name not in conditions:
            raise TemplateError(f"{place}: {name} is not a condition of this template.")
        return bool(self.resolve(conditions[name], f"Conditions/{name}"))

    def find_in_map(self, mapping: str, first_key: str, second_key: str, place: str) -> Value:
        """Return a value from the template's mappings."""
        found = self._get_section("Mappings")
        for key in (mapping, first_key, second_key):
            # YAML reads an account id as a number.
            by_text = {str(name): value for name, value in found.items()}
            if key not in by_text:
                raise TemplateError(f"{place}: Mappings has no {mapping}/{first_key}/{second_key}.")
            found = by_text[key]
        return found

    def resolve_name(self, resource: str) -> str:
        """Return a resource's name; one made of its logical id if the template gives it none."""
        return self._attributes.resolve_name(resource)

    def _generate_roles(self) -> dict[str, Mapping[str, Any]]:
        """Return the roles that SAM generates for functions and state machines."""
        owners = FUNCTION_TYPES + STATE_MACHINE_TYPES
        return {
            f"{logical_id}Role": {"Type": _GENERATED_ROLE, **_keep_condition(resource)}
            for logical_id, resource in self.resources.items()
            if resource.get("Type") in owners
        }

    def _resolve_dynamic(self, text: str, place: str) -> str:
        """Replace the dynamic references in a text by the values that are passed for them."""

        def find(found: re.Match[str]) -> str:
            name = found[1]
            if name not in self._stack.parameters:
                raise ValueMissing(place, name, f"{found[0]} has no value here")
            return self._stack.parameters[name]

        return _DYNAMIC.sub(find, text)

    def _resolve_generated(self, resource: str, part: str, place: str) -> str:
        """Return the ARN of the version or alias that SAM generates for a function."""
        generated = find_generated(self._generated, resource, part)
        if generated is None:
            raise TemplateError(f"{place}: {resource}.{part} cannot be resolved locally: only AWS knows it.")
        return resolve_qualified_arn(self, self.resources, generated, place)

    def _resolve_object(self, value: dict[str, Any], place: str) -> Value:
        if name := intrinsics.find_call(value):
            result = intrinsics.call(self, name, value[name], place)
            return self._resolve_dynamic(result, place) if isinstance(result, str) else result
        items = {key: partial(self.resolve, item, f"{place}/{key}") for key, item in value.items()}
        return {key: item for key, item in gather(items).items() if item is not NO_VALUE}

    def _resolve_parameter(self, name: str, place: str) -> Value:
        declared = self._get_section("Parameters")[name]
        given = self._stack.parameters.get(name, declared.get("Default"))
        type_ = str(declared.get("Type", "String"))
        if given is None or (type_.startswith("AWS::SSM::") and name not in self._stack.parameters):
            raise ValueMissing(place, name, f"the parameter {name} has no value here")
        as_list = isinstance(given, str) and (type_ == "CommaDelimitedList" or type_.startswith("List<"))
        return [item.strip() for item in given.split(",")] if as_list else given

    def _get_section(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self._template.get(name) or {}
        return section


def _require_objects(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the template. Raise a TemplateError if one of its sections is not an object."""
    for section in ("Conditions", "Globals", "Mappings", "Parameters", "Resources"):
        if not isinstance(template.get(section) or {}, dict):
            raise TemplateError(f"{section} is {template[section]!r}: an object is expected.")
    for section in ("Parameters", "Resources"):
        for name, item in (template.get(section) or {}).items():
            if not isinstance(item, dict) or not isinstance(item.get("Properties") or {}, dict):
                raise TemplateError(f"{section}/{name} is {item!r}: an object is expected.")
    return template


def _keep_condition(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {"Condition": resource["Condition"]} if "Condition" in resource else {}
