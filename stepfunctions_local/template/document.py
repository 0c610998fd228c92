"""A template's text as plain dicts and lists: YAML or JSON, with CloudFormation's short tags written out."""

from pathlib import Path
from typing import Any

import yaml

from stepfunctions_local.errors import TemplateError

WITHOUT_PREFIX = ("Ref", "Condition")


class _Loader(yaml.SafeLoader):
    """Knows `!Ref` and the like; leaves dates, such as a template's version, the text they are."""


def read_document(path: Path) -> dict[str, Any]:
    """Read a file that holds a mapping.

    Raises:
        TemplateError: the file cannot be read, or is something else.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise TemplateError(f"Cannot read {path}: {error}") from error
    return parse(text, str(path))


def parse(text: str, place: str) -> dict[str, Any]:
    """Read a text that is a mapping; `place` says where it comes from.

    Raises:
        TemplateError: it is something else.

    """
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader, with tags that make dicts
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(f"{place} is neither YAML nor JSON: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"{place} holds {type(document).__name__}, not an object.")
    return document


def _short_tag(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in WITHOUT_PREFIX else f"Fn::{tag}"
    argument = _argument(loader, node)
    if tag == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {name: argument}


def _argument(loader: yaml.SafeLoader, node: yaml.Node) -> Any:  # noqa: ANN401 - a template holds anything
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type] # the third of three kinds


def _as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _short_tag)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)
