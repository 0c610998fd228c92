"""The properties of one resource, read one by one, with what Globals says for all of its kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template import intrinsics
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.stack import NO_VALUE


class Properties:
    """A resource's properties. Each is resolved when it is read, so what is not read may be unresolvable."""

    def __init__(self, logical_id: str, values: Mapping[str, Any], local: LocalValues, folder: Path) -> None:
        self.logical_id = logical_id
        self._values = values
        self._local = local
        self._folder = folder

    def place(self, name: str) -> str:
        """Say where a property is."""
        return f"Resources/{self.logical_id}/Properties/{name}"

    def get(self, name: str) -> Value:
        """Give a property, or None."""
        try:
            value = self._local.resolve(self._values.get(name), self.place(name))
        except RecursionError as error:
            raise TemplateError(f"{self.place(name)} refers to itself.") from error
        return None if value is NO_VALUE else value

    def text(self, name: str) -> str | None:
        """Give a property that is text, or None."""
        value = self.get(name)
        return None if value is None else self._text(value, name)

    def required_text(self, name: str) -> str:
        """Give a property that is text and has to be there."""
        value = self.text(name)
        if value is None:
            raise TemplateError(f"{self.place(name)} is missing.")
        return value

    def whole_number(self, name: str, default: int, allowed: range) -> int:
        """Give a property that is a whole number."""
        value = self.get(name)
        try:
            number = default if value is None else int(value)
        except (TypeError, ValueError):
            number = allowed.start - 1
        if number not in allowed:
            limits = f"{allowed.start} to {allowed.stop - 1}"
            raise TemplateError(f"{self.place(name)} is {value!r}: a whole number from {limits} is allowed.")
        return number

    def members(self, name: str) -> dict[str, Value]:
        """Give a property that is an object, empty if it is not there."""
        return self._object(self.get(name) or {}, name)

    def texts(self, name: str, value: Value) -> dict[str, str]:
        """Write an object's members as text; `name` is where it is."""
        members = self._object(value, name)
        return {str(key): self._text(member, f"{name}/{key}") for key, member in members.items()}

    def path(self, name: str) -> Path:
        """Give a property that is a path on this machine, from the template's folder, made absolute."""
        value = self.get(name)
        if not isinstance(value, str) or "://" in value:
            raise TemplateError(f"{self.place(name)} is {value!r}: a path on this machine is expected.")
        return (self._folder / value).resolve()

    def _object(self, value: Value, name: str) -> dict[str, Value]:
        if not isinstance(value, dict):
            raise TemplateError(f"{self.place(name)} is {value!r}: an object is expected.")
        return value

    def _text(self, value: Value, name: str) -> str:
        try:
            return intrinsics.text(value)
        except TypeError as error:
            raise TemplateError(f"{self.place(name)}: {error}.") from error


def merged(common: Value, own: Value) -> Value:
    """Merge what Globals says into what a resource says, which wins.

    Source: AWS SAM Developer Guide, "Globals section of the AWS SAM template": objects are merged, lists put
    one after the other.
    """
    if isinstance(common, dict) and isinstance(own, dict):
        return {**common, **{key: merged(common.get(key), value) for key, value in own.items()}}
    if isinstance(common, list) and isinstance(own, list):
        return common + own
    return own
