"""Two findings of cfn-lint in small: a name that nothing declares, and a definition that is not valid."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stepfunctions_local.language import InvalidDefinition, parse_definition

SUBSTITUTED = re.compile(r"\$\{([\w.:]+)\}")


def names(value: object) -> Iterator[str]:
    """Yield each name that Ref, GetAtt, Sub, Condition or DependsOn refers to."""
    if isinstance(value, list):
        for item in value:
            yield from names(item)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"Ref", "Condition", "DependsOn"}:
            yield from [inner] if isinstance(inner, str) else names(inner)
        elif key == "Fn::GetAtt":
            yield inner[0] if isinstance(inner, list) else inner.partition(".")[0]
        elif key == "Fn::If":
            yield inner[0]
        elif key == "Fn::Sub":
            yield from names_in_text(inner)
        yield from names(inner)


def names_in_text(text: str | list[Any]) -> Iterator[str]:
    """Yield each name that a Sub refers to and does not define itself."""
    own: dict[str, object] = {} if isinstance(text, str) else text[1]
    for name in SUBSTITUTED.findall(text if isinstance(text, str) else text[0]):
        if name not in own:
            yield name.partition(".")[0]


def undeclared(template: dict[str, Any]) -> set[str]:
    """Return the names that a template refers to and does not declare."""
    declared = {name for part in ("Parameters", "Conditions", "Resources") for name in template.get(part, ())}
    found = set(names([template["Resources"], template.get("Conditions"), template.get("Outputs")]))
    return {name for name in found - declared if not name.startswith("AWS::")}


def test_rendered_template_refers_only_to_declared_names(
    rendered: Callable[..., dict[str, Any]],
) -> None:
    """This includes every optional part of a deployment."""
    assert undeclared(rendered(CalledFunction="live", Release="Canary10Percent10Minutes")) == set()


def test_reference_to_an_undeclared_name_is_found() -> None:
    """The check above can fail."""
    bucket = {"Properties": {"Name": {"Fn::Sub": "${Stage}-${AWS::Region}"}, "Tags": [{"Ref": "Team"}]}}
    assert undeclared({"Parameters": {"Stage": {}}, "Resources": {"Bucket": bucket}}) == {"Team"}


def test_definition_is_valid(definition: dict[str, Any]) -> None:
    """The local endpoint's own check has no warnings either."""
    text = json.dumps(definition).replace(
        "${HelloWorldFunctionArn}", "arn:aws:lambda:us-east-1:123456789012:function:f"
    )
    assert parse_definition(text).warnings == ()


@pytest.mark.parametrize("missing", ["StartAt", "States"])
def test_incomplete_definition_is_refused(definition: dict[str, Any], missing: str) -> None:
    """The check above can fail."""
    with pytest.raises(InvalidDefinition, match=missing):
        parse_definition(json.dumps({name: value for name, value in definition.items() if name != missing}))
