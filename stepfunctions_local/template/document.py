"""Parses templates, in YAML or JSON, into dicts and lists. CloudFormation's short tags are expanded."""

from pathlib import Path
from typing import Any

import yaml

from stepfunctions_local.errors import TemplateError

WITHOUT_PREFIX = ("Ref", "Condition")


class _Loader(yaml.SafeLoader):
    """Constructs short tags such as `!Ref`, and leaves dates, such as a template's version, as text."""


def read_document(path: Path) -> dict[str, Any]:
    """Return the mapping in a file.

    Raises:
        TemplateError: the file cannot be read, or does not contain a mapping.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"Cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise TemplateError(f"Cannot read {path}: {error}") from error
    return parse_document(text, str(path))


def parse_document(text: str, place: str) -> dict[str, Any]:
    """Parse a text into a mapping. `place` says where the text comes from, for error messages.

    Raises:
        TemplateError: the text is not a mapping.

    """
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader whose extra tags construct dicts
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(f"{place} is neither YAML nor JSON: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"{place} holds {type(document).__name__}, not an object.")
    return document


def _construct_short_tag(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in WITHOUT_PREFIX else f"Fn::{tag}"
    argument = _construct_argument(loader, node)
    if tag == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {name: argument}


def _construct_argument(loader: yaml.SafeLoader, node: yaml.Node) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type] # the only other kind is a scalar


def _construct_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _construct_short_tag)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _construct_text)
