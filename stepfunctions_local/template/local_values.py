"""What the names in a template stand for on this machine: parameters, conditions, mappings, resources."""

from collections.abc import Mapping
from typing import Any

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template import intrinsics
from stepfunctions_local.template.generated import MADE_OF_FUNCTIONS, generated, made_of_function
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.qualified import QUALIFIED, qualified_arn
from stepfunctions_local.template.resources import RESOURCE_TYPES, ResourceType
from stepfunctions_local.template.stack import NO_VALUE, TargetStack

GENERATED_ROLE = "arn:aws:iam::{account}:role/{name}"


class LocalValues:
    """Resolves intrinsic functions, one value at a time: what nobody asks for need not be resolvable.

    A `place` is the path to a value, such as Resources/F/Properties/Timeout, for the messages.
    """

    def __init__(self, template: Mapping[str, Any], stack: TargetStack) -> None:
        self._template = _with_objects(template)
        self._stack = stack
        self.resources: Mapping[str, Any] = self._section("Resources")
        """The template's resources, by logical id, with those that SAM makes of them."""
        functions = self._section("Globals").get("Function") or {}
        self._made = generated(self.resources, self, functions.get("AutoPublishAlias"))
        self.resources = {**self._made, **self.resources}

    def resolve(self, value: Value, place: str) -> Value:
        """Give the value with all intrinsic functions in it resolved.

        Raises:
            TemplateError: one of them cannot be resolved on this machine.

        """
        if isinstance(value, dict):
            return self._resolved_object(value, place)
        if isinstance(value, list):
            items = (self.resolve(item, f"{place}/{index}") for index, item in enumerate(value))
            return [item for item in items if item is not NO_VALUE]
        return value

    def ref(self, name: str, place: str) -> Value:
        """Give what a parameter, a pseudo parameter or a resource stands for."""
        if name in self._stack.pseudo_parameters:
            return self._stack.pseudo_parameters[name]
        if name in self._section("Parameters"):
            return self._parameter(name, place)
        resource, _, part = name.partition(".")
        if resource not in self.resources:
            raise TemplateError(f"{place}: {name} is neither a parameter nor a resource of this template.")
        if part:
            return self._made_of(resource, part, place)
        if self.resources[resource].get("Type") in QUALIFIED:
            return qualified_arn(self, self.resources, resource, place)
        return self._arn(resource) if _type(self.resources[resource]).ref_is_arn else self.name(resource)

    def get_att(self, resource: str, attribute: str, place: str) -> Value:
        """Give a resource's attribute: its ARN or its name; others exist on AWS alone."""
        if resource not in self.resources and resource.removesuffix("Role") in self.resources:
            return self._filled(GENERATED_ROLE, resource)
        if resource not in self.resources:
            raise TemplateError(f"{place}: {resource} is not a resource of this template.")
        if attribute in MADE_OF_FUNCTIONS:
            return self._made_of(resource, attribute, place)
        if attribute == "Arn" and self.resources[resource].get("Type") in QUALIFIED:
            return qualified_arn(self, self.resources, resource, place)
        known = self.resources[resource].get("Type") in RESOURCE_TYPES
        if known and attribute == "Arn":
            return self._arn(resource)
        if known and attribute in ("Name", _type(self.resources[resource]).name_property):
            return self.name(resource)
        raise TemplateError(
            f"{place}: Fn::GetAtt {resource}.{attribute} cannot be resolved locally: only AWS knows it. "
            "Put a parameter with a default there."
        )

    def condition(self, name: str, place: str) -> bool:
        """Say whether one of the template's conditions holds."""
        conditions = self._section("Conditions")
        if name not in conditions:
            raise TemplateError(f"{place}: {name} is not a condition of this template.")
        return bool(self.resolve(conditions[name], f"Conditions/{name}"))

    def mapped(self, mapping: str, first_key: str, second_key: str, place: str) -> Value:
        """Look up one of the template's mappings. YAML reads an account id for a number, hence the text."""
        found = self._section("Mappings")
        for key in (mapping, first_key, second_key):
            by_text = {str(name): value for name, value in found.items()}
            if key not in by_text:
                raise TemplateError(f"{place}: Mappings has no {mapping}/{first_key}/{second_key}.")
            found = by_text[key]
        return found

    def name(self, resource: str) -> str:
        """Give a resource's name; what has none in the template goes by its logical id."""
        place = f"Resources/{resource}/Properties"
        own = (
            self.resources[resource].get("Properties", {}).get(_type(self.resources[resource]).name_property)
        )
        given = self.resolve(own, place) if own is not None else None
        return resource if given in (None, NO_VALUE) else str(given)

    def _arn(self, resource: str) -> str:
        return self._filled(_type(self.resources[resource]).arn, self.name(resource))

    def _filled(self, arn: str, name: str) -> str:
        return arn.format(region=self._stack.account.region, account=self._stack.account.id, name=name)

    def _made_of(self, resource: str, part: str, place: str) -> str:
        """Give the ARN of the version or the alias that SAM makes of a function."""
        made = made_of_function(self._made, resource, part)
        if made is None:
            raise TemplateError(f"{place}: {resource}.{part} cannot be resolved locally: only AWS knows it.")
        return qualified_arn(self, self.resources, made, place)

    def _resolved_object(self, value: dict[str, Any], place: str) -> Value:
        if name := _intrinsic(value):
            return intrinsics.call(self, name, value[name], place)
        items = {key: self.resolve(item, f"{place}/{key}") for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NO_VALUE}

    def _parameter(self, name: str, place: str) -> Value:
        declared = self._section("Parameters")[name]
        given = self._stack.parameters.get(name, declared.get("Default"))
        type_ = str(declared.get("Type", "String"))
        if given is None or (type_.startswith("AWS::SSM::") and name not in self._stack.parameters):
            raise TemplateError(
                f"{place}: the parameter {name} has no value here: pass one with "
                f"--parameter-overrides {name}=VALUE."
            )
        as_list = isinstance(given, str) and (type_ == "CommaDelimitedList" or type_.startswith("List<"))
        return [item.strip() for item in given.split(",")] if as_list else given

    def _section(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self._template.get(name) or {}
        return section


def _with_objects(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse a template whose sections are no objects, once, rather than at every look into them."""
    for section in ("Conditions", "Globals", "Mappings", "Parameters", "Resources"):
        if not isinstance(template.get(section) or {}, dict):
            raise TemplateError(f"{section} is {template[section]!r}: an object is expected.")
    for section in ("Parameters", "Resources"):
        for name, item in (template.get(section) or {}).items():
            if not isinstance(item, dict) or not isinstance(item.get("Properties") or {}, dict):
                raise TemplateError(f"{section}/{name} is {item!r}: an object is expected.")
    return template


def _type(resource: Mapping[str, Any]) -> ResourceType:
    return RESOURCE_TYPES.get(str(resource.get("Type")), ResourceType("Name", ""))


def _intrinsic(value: Mapping[str, Any]) -> str | None:
    """Name the intrinsic function that a value is; a policy may hold a Condition, too, but never a text."""
    if len(value) != 1:
        return None
    name, argument = next(iter(value.items()))
    if name == "Condition":
        return name if isinstance(argument, str) else None
    return name if name == "Ref" or str(name).startswith("Fn::") else None
