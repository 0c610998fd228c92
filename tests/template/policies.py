"""The policies of a template: their documents, statements and actions."""

from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]
Statement = dict[str, Any]


def documents(template: Template) -> dict[str, list[dict[str, Any]]]:
    """Return the policy documents of each resource: inline ones, and its own if it is a policy."""
    found = {}
    for name, body in template["Resources"].items():
        properties = body.get("Properties", {})
        inside = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        own = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        if inside or own:
            found[name] = inside + own
    return found


def statements(template: Template, *resources: str) -> Iterator[Statement]:
    """Yield the statements of these resources, or of all if none is named, including conditional ones."""
    found = documents(template)
    for name in resources or found:
        for document in found[name]:
            for statement in document["Statement"]:
                yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def actions(statement: Statement) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def list_allowed(template: Template, resource: str, service: str) -> list[str]:
    """Return the sorted actions of one service that a resource allows."""
    granted = (action for found in statements(template, resource) for action in actions(found))
    return sorted(action for action in granted if action.startswith(f"{service}:"))


def list_rights(template: Template, resource: str, service: str) -> list[tuple[list[str], list[object]]]:
    """Return the operations of one service that a resource allows, each list with its ARNs."""
    found = [each for each in statements(template, resource) if f"{service}:" in actions(each)[0]]
    return [
        (
            [action.removeprefix(f"{service}:") for action in actions(each)],
            each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]],
        )
        for each in found
    ]
