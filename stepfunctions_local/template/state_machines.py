"""The state machines of a built template."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.document import parse_document
from stepfunctions_local.template.faults import gather
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.properties import Properties

_SUBSTITUTED = re.compile(r"\$\{([^}$]+)\}")
TYPES = ("STANDARD", "EXPRESS")
LEVELS = ("OFF", "ALL", "ERROR", "FATAL")


@dataclass(frozen=True, slots=True)
class DeclaredStateMachine:
    """A state machine in the terms of CreateStateMachine. `definition` is Amazon States Language in JSON.

    `logging` is its logging configuration; empty if the template has none.
    """

    logical_id: str
    name: str
    definition: str
    role_arn: str
    type: str = "STANDARD"
    logging: Mapping[str, Value] = field(default_factory=dict)


def read_state_machine(properties: Properties, generated_role_arn: str) -> DeclaredStateMachine:
    """Return a state machine. Without a role of its own, it has the one that SAM would generate.

    Raises:
        TemplateError: its definition cannot be read, or values cannot be resolved. It has all faults.

    """
    fields = gather(_list_fields(properties, generated_role_arn))
    return DeclaredStateMachine(logical_id=properties.logical_id, **fields)


def _list_fields(properties: Properties, generated_role_arn: str) -> Mapping[str, Callable[[], Any]]:
    own = properties
    return {
        "name": lambda: own.get_text("Name") or own.get_text("StateMachineName") or own.logical_id,
        "definition": lambda: _read_definition(own),
        "role_arn": lambda: own.get_text("Role") or own.get_text("RoleArn") or generated_role_arn,
        "type": lambda: _read_type(own),
        "logging": lambda: _read_logging(own),
    }


def _read_type(properties: Properties) -> str:
    name = "Type" if properties.get("Type") else "StateMachineType"
    type_ = properties.get_text(name) or TYPES[0]
    if type_ not in TYPES:
        raise TemplateError(f"{properties.place(name)} is {type_!r}: {' or '.join(TYPES)} is allowed.")
    return type_


def _read_logging(properties: Properties) -> dict[str, Value]:
    """Return the logging configuration without its destination: the log is in the records' folder here."""
    name = "Logging" if properties.get_members("Logging") else "LoggingConfiguration"
    logging = properties.get_members(name)
    level = logging.get_text("Level") or LEVELS[0]
    if level not in LEVELS:
        allowed = f"{', '.join(LEVELS[:-1])} or {LEVELS[-1]}"
        raise TemplateError(f"{logging.place('Level')} is {level!r}: {allowed} is allowed.")
    has_data = (logging.get_text("IncludeExecutionData") or "false").lower() == "true"
    return {"level": level, "includeExecutionData": has_data} if logging else {}


def _read_definition(properties: Properties) -> str:
    given = properties.get_object("DefinitionSubstitutions")
    substitutions = properties.to_texts("DefinitionSubstitutions", given)
    inline = properties.get("Definition") or properties.get("DefinitionString")
    if isinstance(inline, dict):
        return substitute(json.dumps(inline), substitutions)
    if isinstance(inline, str):
        return substitute(inline, substitutions)
    name = _choose_file_property(properties)
    return _read_definition_file(properties.get_path(name), properties.place(name), substitutions)


def find_definition_file(properties: Properties) -> Path | None:
    """Return the file with a state machine's definition; None if it has none, or none on this computer."""
    try:
        is_inline = properties.get("Definition") or properties.get("DefinitionString")
        return None if is_inline else properties.get_path(_choose_file_property(properties))
    except TemplateError:
        return None


def _choose_file_property(properties: Properties) -> str:
    return "DefinitionUri" if properties.get("DefinitionUri") else "DefinitionS3Location"


def _read_definition_file(path: Path, place: str, substitutions: Mapping[str, str]) -> str:
    try:
        text = substitute(path.read_text(encoding="utf-8"), substitutions)
    except OSError as error:
        raise TemplateError(f"{place}: cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise TemplateError(f"{place}: cannot read {path}: {error}") from error
    return text if path.suffix == ".json" or _is_json(text) else json.dumps(parse_document(text, str(path)))


def _is_json(text: str) -> bool:
    """Whether a text is JSON already. YAML cannot read all of it: it allows no tab in an indentation."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def substitute(definition: str, substitutions: Mapping[str, str]) -> str:
    """Replace each ${NAME} by its value; a name without a value stays as it is."""
    return _SUBSTITUTED.sub(lambda match: _replace(match, substitutions), definition)


def _replace(match: re.Match[str], substitutions: Mapping[str, str]) -> str:
    """Return a value, escaped for a JSON string."""
    name = match[1].strip()
    return json.dumps(substitutions[name])[1:-1] if name in substitutions else match[0]
