"""The parts of a template that are deployed, by its conditions as CloudFormation evaluates them."""

from collections.abc import Mapping
from typing import Any

Template = dict[str, Any]

NO_VALUE = {"Ref": "AWS::NoValue"}


def deployed(template: Template, **parameters: str) -> Template:
    """Return a rendered template's resources and outputs that exist with these parameters.

    Each `Fn::If` in them is replaced by its choice. Parameters that are not given have their defaults.
    """
    defaults = {name: str(body["Default"]) for name, body in template["Parameters"].items()}
    conditions = _Conditions(template["Conditions"], defaults | parameters)
    return {
        section: {
            name: conditions.choose({key: value for key, value in body.items() if key != "Condition"})
            for name, body in template[section].items()
            if "Condition" not in body or conditions.holds({"Condition": body["Condition"]})
        }
        for section in ("Resources", "Outputs")
    }


class _Conditions:
    def __init__(self, conditions: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._conditions = conditions
        self._parameters = parameters

    def holds(self, condition: Mapping[str, Any]) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self.holds(self._conditions[argument])
            case "Fn::Equals":
                first, second = (self._read(value) for value in argument)
                return first == second
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(self.holds(part) for part in argument)
            case "Fn::Or":
                return any(self.holds(part) for part in argument)
        raise ValueError(name)

    def _read(self, value: object) -> str:
        return self._parameters[value["Ref"]] if isinstance(value, dict) else str(value)

    def choose(self, value: Any) -> Any:
        """Replace each Fn::If by the value that it chooses, and leave out what has none."""
        if isinstance(value, list):
            return [self.choose(item) for item in value if self._choose_here(item) != NO_VALUE]
        value = self._choose_here(value)
        if not isinstance(value, dict):
            return self.choose(value) if isinstance(value, list) else value
        kept = {key: item for key, item in value.items() if self._choose_here(item) != NO_VALUE}
        chosen = {key: self.choose(item) for key, item in kept.items()}
        return _insert_texts(chosen) if isinstance(chosen.get("Fn::Sub"), list) else chosen

    def _choose_here(self, value: Any) -> Any:
        while isinstance(value, dict) and "Fn::If" in value:
            name, then, otherwise = value["Fn::If"]
            value = then if self.holds({"Condition": name}) else otherwise
        return value


def _insert_texts(substitution: dict[str, Any]) -> dict[str, Any]:
    """Insert the variables of a Fn::Sub that are plain texts."""
    text, variables = substitution["Fn::Sub"]
    texts = {name: value for name, value in variables.items() if isinstance(value, str)}
    for name, value in texts.items():
        text = text.replace(f"${{{name}}}", value)
    return {"Fn::Sub": [text, {name: variables[name] for name in variables.keys() - texts.keys()}]}
