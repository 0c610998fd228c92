"""Local values of the names in a template: parameters, conditions, mappings and resources."""

from collections.abc import Mapping
from typing import Any

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template import intrinsics
from stepfunctions_local.template.generated import GENERATED_TYPES, find_generated, generate_resources
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.qualified import QUALIFIED, resolve_qualified_arn
from stepfunctions_local.template.resources import RESOURCE_TYPES, ResourceType
from stepfunctions_local.template.stack import NO_VALUE, TargetStack

GENERATED_ROLE = "arn:aws:iam::{account}:role/{name}"


class LocalValues:
    """Resolves intrinsic functions, one value at a time: unused values need not be resolvable.

    A `place` is the path of a value, such as Resources/F/Properties/Timeout, for error messages.
    """

    def __init__(self, template: Mapping[str, Any], stack: TargetStack) -> None:
        self._template = _require_objects(template)
        self._stack = stack
        self.resources: Mapping[str, Any] = self._get_section("Resources")
        """The template's resources by logical id, with those that SAM generates."""
        functions = self._get_section("Globals").get("Function") or {}
        self._generated = generate_resources(self.resources, self, functions.get("AutoPublishAlias"))
        self.resources = {**self._generated, **self.resources}

    def resolve(self, value: Value, place: str) -> Value:
        """Return the value with all its intrinsic functions resolved.

        Raises:
            TemplateError: one of them cannot be resolved locally.

        """
        if isinstance(value, dict):
            return self._resolve_object(value, place)
        if isinstance(value, list):
            items = (self.resolve(item, f"{place}/{index}") for index, item in enumerate(value))
            return [item for item in items if item is not NO_VALUE]
        return value

    def ref(self, name: str, place: str) -> Value:
        """Return the value of a reference to a parameter, a pseudo parameter or a resource."""
        if name in self._stack.pseudo_parameters:
            return self._stack.pseudo_parameters[name]
        if name in self._get_section("Parameters"):
            return self._resolve_parameter(name, place)
        resource, _, part = name.partition(".")
        if resource not in self.resources:
            raise TemplateError(f"{place}: {name} is neither a parameter nor a resource of this template.")
        if part:
            return self._resolve_generated(resource, part, place)
        if self.resources[resource].get("Type") in QUALIFIED:
            return resolve_qualified_arn(self, self.resources, resource, place)
        if self._get_type(resource).ref_is_arn:
            return self._build_arn(resource)
        return self.resolve_name(resource)

    def get_att(self, resource: str, attribute: str, place: str) -> Value:
        """Return a resource's ARN or name; other attributes exist only on AWS."""
        if resource not in self.resources and resource.removesuffix("Role") in self.resources:
            return self._fill_in(GENERATED_ROLE, resource)
        if resource not in self.resources:
            raise TemplateError(f"{place}: {resource} is not a resource of this template.")
        if attribute in GENERATED_TYPES:
            return self._resolve_generated(resource, attribute, place)
        if attribute == "Arn" and self.resources[resource].get("Type") in QUALIFIED:
            return resolve_qualified_arn(self, self.resources, resource, place)
        known = self.resources[resource].get("Type") in RESOURCE_TYPES
        if known and attribute == "Arn":
            return self._build_arn(resource)
        if known and attribute in ("Name", self._get_type(resource).name_property):
            return self.resolve_name(resource)
        raise TemplateError(
            f"{place}: Fn::GetAtt {resource}.{attribute} cannot be resolved locally: only AWS knows it. "
            "Put a parameter with a default there."
        )

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
        """Return a resource's name; its logical id if the template gives it none."""
        place = f"Resources/{resource}/Properties"
        own = self.resources[resource].get("Properties", {}).get(self._get_type(resource).name_property)
        given = self.resolve(own, place) if own is not None else None
        return resource if given in (None, NO_VALUE) else str(given)

    def _build_arn(self, resource: str) -> str:
        return self._fill_in(self._get_type(resource).arn, self.resolve_name(resource))

    def _fill_in(self, arn: str, name: str) -> str:
        return arn.format(region=self._stack.account.region, account=self._stack.account.id, name=name)

    def _resolve_generated(self, resource: str, part: str, place: str) -> str:
        """Return the ARN of the version or alias that SAM generates for a function."""
        generated = find_generated(self._generated, resource, part)
        if generated is None:
            raise TemplateError(f"{place}: {resource}.{part} cannot be resolved locally: only AWS knows it.")
        return resolve_qualified_arn(self, self.resources, generated, place)

    def _resolve_object(self, value: dict[str, Any], place: str) -> Value:
        if name := intrinsics.find_call(value):
            return intrinsics.call(self, name, value[name], place)
        items = {key: self.resolve(item, f"{place}/{key}") for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NO_VALUE}

    def _resolve_parameter(self, name: str, place: str) -> Value:
        declared = self._get_section("Parameters")[name]
        given = self._stack.parameters.get(name, declared.get("Default"))
        type_ = str(declared.get("Type", "String"))
        if given is None or (type_.startswith("AWS::SSM::") and name not in self._stack.parameters):
            raise TemplateError(
                f"{place}: the parameter {name} has no value here: pass one with "
                f"--parameter-overrides {name}=VALUE."
            )
        as_list = isinstance(given, str) and (type_ == "CommaDelimitedList" or type_.startswith("List<"))
        return [item.strip() for item in given.split(",")] if as_list else given

    def _get_type(self, resource: str) -> ResourceType:
        return RESOURCE_TYPES.get(str(self.resources[resource].get("Type")), ResourceType("Name", ""))

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
