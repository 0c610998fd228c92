"""The files that sam reads, as data."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is `{"Ref": "X"}`, `!Sub X` is `{"Fn::Sub": "X"}`."""


def _short_form(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def template(root: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(root.joinpath("template.yaml").read_text(), _TemplateLoader)  # noqa: S506 - a SafeLoader
    return loaded


@pytest.fixture(scope="session")
def definition(root: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(root.joinpath("statemachine", "delay.asl.json").read_text())
    return loaded


@pytest.fixture(scope="session")
def samconfig(root: Path) -> dict[str, Any]:
    return tomllib.loads(root.joinpath("samconfig.toml").read_text())
