"""The names that --parameter-overrides takes: parameters, and other values that the template lacks.

These are `Resource.Attribute` for Fn::GetAtt, a resource for Ref, the name of an export for Fn::ImportValue,
and `resolve:...` for a dynamic reference.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, Final

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Resolver, Value

DYNAMIC: Final = "resolve:"
_PARAMETER: Final = re.compile(r"[A-Za-z0-9]+")


def require_known(names: Mapping[str, str], template: Mapping[str, Any], resolver: Resolver) -> None:
    """Raise a TemplateError if the template has no use for one of the names."""
    parameters, resources = (template.get(part) or {} for part in ("Parameters", "Resources"))
    given = {name for name in names if not name.startswith(DYNAMIC)}
    unknown = {name for name in given - parameters.keys() if name.partition(".")[0] not in resources}
    if unknown:
        unknown -= set(_find_imports(template, resolver))
    if unknown:
        allowed = _name_parameters(unknown, parameters)
        raise TemplateError(f"The template has no parameter {', '.join(sorted(unknown))}. {allowed}")


def require_allowed(values: Mapping[str, str], template: Mapping[str, Any]) -> None:
    """Raise a TemplateError if a value is none of its parameter's AllowedValues, as CloudFormation does."""
    parameters = template.get("Parameters") or {}
    for name, value in values.items():
        allowed = list(map(_format, _find_allowed(parameters.get(name))))
        if allowed and value not in allowed:
            raise TemplateError(f"{name} cannot be {value!r}: it is one of {', '.join(allowed)}.")


def is_parameter(name: str) -> bool:
    """Whether a name can be that of a parameter, which `sam build` takes too."""
    return bool(_PARAMETER.fullmatch(name))


def _name_parameters(unknown: set[str], parameters: Mapping[str, Any]) -> str:
    """Name the one parameter that was probably meant, or else all of them."""
    similar = {match for name in unknown for match in get_close_matches(name, parameters, 1)}
    if len(similar) == 1:
        return f"Did you mean {similar.pop()}?"
    return f"Its parameters: {', '.join(sorted(parameters)) or 'none'}."


def _find_allowed(parameter: object) -> list[object]:
    """Return the allowed values of a parameter with one value. That of a list or of SSM is not compared."""
    if not isinstance(parameter, dict) or parameter.get("Type") not in {"String", "Number"}:
        return []
    allowed = parameter.get("AllowedValues")
    return allowed if isinstance(allowed, list) else []


def _format(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _find_imports(value: Value, resolver: Resolver) -> Iterator[str]:
    """Yield the names of the exports that a value imports."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if key == "Fn::ImportValue":
            with suppress(TemplateError):  # the property with the import says so
                yield str(resolver.resolve(item, key))
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _find_imports(part, resolver)
