"""The files that sam reads, as data, and the template as SAM translates it."""

import copy
import json
import runpy
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

Template = dict[str, Any]


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is `{"Ref": "X"}`, `!Sub X` is `{"Fn::Sub": "X"}`."""


def _short_form(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None}


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
def canary(root: Path) -> dict[str, Any]:
    """The names in the function's module about canaries."""
    return runpy.run_path(str(root.joinpath("hello_world", "delayed_task", "canary.py")))


@pytest.fixture(scope="session")
def samconfig(root: Path) -> dict[str, Any]:
    return tomllib.loads(root.joinpath("samconfig.toml").read_text())


@pytest.fixture
def rendered(template: Template, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Template]:
    """Render the template as SAM does at a deployment.

    `function`: properties of the function to change.
    `source`: a template other than the project's.
    `parameters`: values of parameters other than the defaults.
    """
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def render(
        function: Mapping[str, object] | None = None, source: Template | None = None, **parameters: str
    ) -> Template:
        source = copy.deepcopy(source or template)
        for body in source["Resources"].values():
            if body["Type"] == "AWS::Serverless::Function":
                body["Properties"]["CodeUri"] = "s3://bucket/code"
        source["Resources"]["HelloWorldFunction"]["Properties"] |= dict(function or {})
        machine = source["Resources"]["DelayStateMachine"]["Properties"]
        machine["DefinitionS3Location"] = {"Bucket": "bucket", "Key": "definition"}
        values = {name: body["Default"] for name, body in source["Parameters"].items()}
        made: Template = Translator({}, Parser()).translate(source, values | parameters)
        return made

    return render
