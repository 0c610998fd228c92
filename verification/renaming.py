"""Renames resources of a template, as its author might do."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

RENAMED: Final = {"DelayStateMachine": "RenamedStateMachine", "HelloWorldFunction": "RenamedFunction"}


def rename(part: Any, names: Mapping[str, str] = RENAMED) -> Any:  # noqa: ANN401 - any part of a template
    """Return a template with other names of resources, and of references to them; outputs keep theirs."""
    if isinstance(part, Mapping):
        return {names.get(key, key): _rename_value(key, value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [rename(item, names) for item in part]
    return part


def _rename_value(key: str, value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of a template
    match key, value:
        case "Ref", str():
            return names.get(value, value)
        case "Fn::GetAtt", [str(name), *attributes]:
            return [names.get(name, name), *attributes]
        case (("Fn::GetAtt" | "Fn::Sub"), str()):
            return _rename_text(value, names)
        case "Fn::Sub", [str(text), variables]:
            return [_rename_text(text, names), rename(variables, names)]
        case _:
            return rename(value, names)


def _rename_text(text: str, names: Mapping[str, str]) -> str:
    pattern = rf"\b({'|'.join(names)})\b"
    return re.sub(pattern, lambda found: names[found[1]], text)


def rename_file(template: Path) -> Path:
    """Write the renamed template beside the original, since paths are relative to it; return its path."""
    renamed = template.with_name("renamed.yaml")
    content = rename(yaml.safe_load(template.read_text(encoding="utf-8")))
    renamed.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return renamed
