"""The state machines of a built template."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.document import parse
from stepfunctions_local.template.properties import Properties

_SUBSTITUTED = re.compile(r"\$\{([^}$]+)\}")
TYPES = ("STANDARD", "EXPRESS")


@dataclass(frozen=True, slots=True)
class DeclaredStateMachine:
    """A state machine as CreateStateMachine takes it: `definition` is Amazon States Language, in JSON."""

    logical_id: str
    name: str
    definition: str
    role_arn: str
    type: str = "STANDARD"


def read_state_machine(properties: Properties, generated_role_arn: str) -> DeclaredStateMachine:
    """Read one state machine; without a role of its own it has the one that SAM would make for it.

    Raises:
        TemplateError: its definition cannot be read, or a value cannot be resolved.

    """
    return DeclaredStateMachine(
        logical_id=properties.logical_id,
        name=properties.text("Name") or properties.text("StateMachineName") or properties.logical_id,
        definition=_definition(properties),
        role_arn=properties.text("Role") or properties.text("RoleArn") or generated_role_arn,
        type=_type(properties),
    )


def _type(properties: Properties) -> str:
    name = "Type" if properties.get("Type") else "StateMachineType"
    type_ = properties.text(name) or TYPES[0]
    if type_ not in TYPES:
        raise TemplateError(f"{properties.place(name)} is {type_!r}: {' or '.join(TYPES)} is allowed.")
    return type_


def _definition(properties: Properties) -> str:
    given = properties.members("DefinitionSubstitutions")
    substitutions = properties.texts("DefinitionSubstitutions", given)
    inline = properties.get("Definition") or properties.get("DefinitionString")
    if isinstance(inline, dict):
        return substituted(json.dumps(inline), substitutions)
    if isinstance(inline, str):
        return substituted(inline, substitutions)
    name = "DefinitionUri" if properties.get("DefinitionUri") else "DefinitionS3Location"
    return _from_file(properties.path(name), properties.place(name), substitutions)


def _from_file(path: Path, place: str, substitutions: Mapping[str, str]) -> str:
    try:
        text = substituted(path.read_text(encoding="utf-8"), substitutions)
    except (OSError, ValueError) as error:
        raise TemplateError(f"{place}: cannot read {path}: {error}") from error
    return text if path.suffix == ".json" else json.dumps(parse(text, str(path)))


def substituted(definition: str, substitutions: Mapping[str, str]) -> str:
    """Put values in the place of ${NAME}; a name without a value stays as it is."""
    return _SUBSTITUTED.sub(lambda found: _value(found, substitutions), definition)


def _value(found: re.Match[str], substitutions: Mapping[str, str]) -> str:
    """Give a value as it stands inside a JSON string."""
    name = found[1].strip()
    return json.dumps(substitutions[name])[1:-1] if name in substitutions else found[0]
