"""CloudFormation's intrinsic functions. References to names are left to a resolver.

Source: AWS CloudFormation Template Reference Guide, "Intrinsic function reference".
"""

import base64
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.faults import gather

Value: TypeAlias = Any  # any JSON value

_MAX_SUBNETS: Final = 256
_SUBSTITUTED = re.compile(r"\$\{(!?)([^}]*)\}")


class Resolver(Protocol):
    """Resolves the arguments of intrinsic functions, and the names in them."""

    def resolve(self, value: Value, place: str) -> Value:
        """Return the value with all its intrinsic functions resolved."""
        ...

    def ref(self, name: str, place: str) -> Value:
        """Return the value of a reference to a parameter or resource."""
        ...

    def get_att(self, resource: str, attribute: str, place: str) -> Value:
        """Return a resource's attribute."""
        ...

    def import_value(self, name: str, place: str) -> Value:
        """Return a value that another stack exports."""
        ...

    def evaluate_condition(self, name: str, place: str) -> bool:
        """Return whether one of the template's conditions holds."""
        ...

    def find_in_map(self, mapping: str, first_key: str, second_key: str, place: str) -> Value:
        """Return a value from the template's mappings."""
        ...


def find_call(value: Mapping[str, Any]) -> str | None:
    """Return the name of the intrinsic function that a value is, if any.

    A policy may have a Condition too, but that is never a text.
    """
    if len(value) != 1:
        return None
    name, argument = next(iter(value.items()))
    if name == "Condition":
        return name if isinstance(argument, str) else None
    return name if name == "Ref" or str(name).startswith("Fn::") else None


def call(resolver: Resolver, name: str, argument: Value, place: str) -> Value:
    """Return the value of an intrinsic function.

    Raises:
        TemplateError: the function cannot be resolved locally, or does not take the argument.

    """
    if name not in FUNCTIONS:
        raise TemplateError(f"{place}: {name} cannot be resolved locally: put the value itself there.")
    try:
        return FUNCTIONS[name](resolver, argument, place)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(f"{place}: {name} cannot take {argument!r}: {error}") from error


def _ref(resolver: Resolver, argument: Value, place: str) -> Value:
    return resolver.ref(_require_name(argument), place)


def _get_att(resolver: Resolver, argument: Value, place: str) -> Value:
    resource, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return resolver.get_att(_require_name(resource), _require_name(resolver.resolve(attribute, place)), place)


def _sub(resolver: Resolver, argument: Value, place: str) -> str:
    template, given = (argument, {}) if isinstance(argument, str) else argument
    values = resolver.resolve(given, place)
    names = [name for literal, name in _SUBSTITUTED.findall(template) if not literal]
    found = gather({name: partial(_find_value, resolver, values, name.strip(), place) for name in names})
    return _SUBSTITUTED.sub(lambda match: _substitute(match, found), template)


def _substitute(match: re.Match[str], values: dict[str, Value]) -> str:
    literal, name = match.groups()
    return f"${{{name}}}" if literal else to_text(values[name])


def _find_value(resolver: Resolver, values: dict[str, Value], name: str, place: str) -> Value:
    if name in values:
        return values[name]
    resource, dot, attribute = name.partition(".")
    return resolver.get_att(resource, attribute, place) if dot else resolver.ref(name, place)


def _join(resolver: Resolver, argument: Value, place: str) -> str:
    delimiter, parts = argument
    return str(delimiter).join(to_text(part) for part in resolver.resolve(parts, place))


def _select(resolver: Resolver, argument: Value, place: str) -> Value:
    index, choices = (resolver.resolve(part, place) for part in argument)
    return choices[int(index)]


def _split(resolver: Resolver, argument: Value, place: str) -> list[str]:
    delimiter, joined = argument
    return to_text(resolver.resolve(joined, place)).split(delimiter)


def _base64(resolver: Resolver, argument: Value, place: str) -> str:
    return base64.b64encode(to_text(resolver.resolve(argument, place)).encode()).decode()


def _find_in_map(resolver: Resolver, argument: Value, place: str) -> Value:
    keys = [to_text(resolver.resolve(part, place)) for part in argument[:3]]
    mapping, first_key, second_key = keys
    try:
        return resolver.find_in_map(mapping, first_key, second_key, place)
    except TemplateError:
        if len(argument) == len(keys):
            raise
        return resolver.resolve(argument[3]["DefaultValue"], place)


def _import_value(resolver: Resolver, argument: Value, place: str) -> Value:
    return resolver.import_value(to_text(resolver.resolve(argument, place)), place)


def _length(resolver: Resolver, argument: Value, place: str) -> int:
    return len(_require_list(resolver.resolve(argument, place)))


def _to_json_string(resolver: Resolver, argument: Value, place: str) -> str:
    return json.dumps(resolver.resolve(argument, place), separators=(",", ":"))


def _get_azs(resolver: Resolver, argument: Value, place: str) -> list[str]:
    """Return three Availability Zones of a Region, which has at least as many."""
    region = to_text(resolver.resolve(argument, place)) or to_text(resolver.ref("AWS::Region", place))
    return [f"{region}{letter}" for letter in "abc"]


def _cidr(resolver: Resolver, argument: Value, place: str) -> list[str]:
    block, count, *bits = (to_text(resolver.resolve(part, place)) for part in argument)
    if not 1 <= int(count) <= _MAX_SUBNETS:
        raise ValueError(f"1 to {_MAX_SUBNETS} subnets are allowed")
    network = ipaddress.ip_network(block)
    subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
    return [str(subnet) for subnet in itertools.islice(subnets, int(count))]


def _if(resolver: Resolver, argument: Value, place: str) -> Value:
    condition, then, otherwise = argument
    holds = resolver.evaluate_condition(_require_name(condition), place)
    return resolver.resolve(then if holds else otherwise, place)


def _condition(resolver: Resolver, argument: Value, place: str) -> bool:
    return resolver.evaluate_condition(_require_name(argument), place)


def _equals(resolver: Resolver, argument: Value, place: str) -> bool:
    first, second = (to_text(resolver.resolve(part, place)) for part in argument)
    return first == second


def _and(resolver: Resolver, argument: Value, place: str) -> bool:
    return all(resolver.resolve(part, place) for part in argument)


def _or(resolver: Resolver, argument: Value, place: str) -> bool:
    return any(resolver.resolve(part, place) for part in argument)


def _not(resolver: Resolver, argument: Value, place: str) -> bool:
    (negated,) = argument
    return not resolver.resolve(negated, place)


def _require_list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError(f"a list is expected, not {value!r}")
    return value


def _require_name(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a name is expected, not {value!r}")
    return value


def to_text(value: Value) -> str:
    """Return a scalar as CloudFormation writes it.

    Raises:
        TypeError: the value is a list or an object.

    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(f"text or a number is expected, not {value!r}")


FUNCTIONS: dict[str, Callable[[Resolver, Value, str], Value]] = {
    "Condition": _condition,
    "Fn::And": _and,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::GetAZs": _get_azs,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Not": _not,
    "Fn::Or": _or,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json_string,
    "Ref": _ref,
}
