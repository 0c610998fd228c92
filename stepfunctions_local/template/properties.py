"""The properties of a resource, read one by one and merged with Globals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template import intrinsics
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.stack import NO_VALUE


class Properties:
    """A resource's properties. Each is resolved when it is read: unused ones may be unresolvable."""

    def __init__(
        self,
        logical_id: str,
        values: Mapping[str, Any],
        local: LocalValues,
        folder: Path,
        *,
        within: str = "",
    ) -> None:
        self.logical_id = logical_id
        self._within = within
        self._values = values
        self._local = local
        self._folder = folder

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._values)

    @property
    def unresolved(self) -> Mapping[str, Any]:
        """The properties as the template has them."""
        return self._values

    def place(self, name: str) -> str:
        """Return the path of a property, for error messages."""
        return f"Resources/{self.logical_id}/Properties/{self._within}{name}"

    def get(self, name: str) -> Value:
        """Return a property, or None."""
        try:
            value = self._local.resolve(self._values.get(name), self.place(name))
        except RecursionError as error:
            raise TemplateError(f"{self.place(name)} refers to itself.") from error
        return None if value is NO_VALUE else value

    def get_text(self, name: str) -> str | None:
        """Return a property that is text, or None."""
        value = self.get(name)
        return None if value is None else self._to_text(value, name)

    def require_text(self, name: str) -> str:
        """Return a required property that is text."""
        value = self.get_text(name)
        if value is None:
            raise TemplateError(f"{self.place(name)} is missing.")
        return value

    def get_whole_number(self, name: str, default: int, allowed: range) -> int:
        """Return a property that is a whole number."""
        value = self.get(name)
        try:
            number = default if value is None else int(value)
        except (TypeError, ValueError):
            number = allowed.start - 1
        if number not in allowed:
            limits = f"{allowed.start} to {allowed.stop - 1}"
            raise TemplateError(f"{self.place(name)} is {value!r}: a whole number from {limits} is allowed.")
        return number

    def get_object(self, name: str) -> dict[str, Value]:
        """Return a property that is an object; an empty one if it is missing."""
        return self._require_object(self.get(name) or {}, name)

    def get_members(self, name: str) -> "Properties":
        """Return the members of a property that is an object. Each is resolved when it is read."""
        value = self._values.get(name)
        if not isinstance(value, dict) or intrinsics.find_call(value):
            value = self.get_object(name)
        within = f"{self._within}{name}/"
        return Properties(self.logical_id, value, self._local, self._folder, within=within)

    def to_texts(self, name: str, value: Value) -> dict[str, str]:
        """Return an object's members as text. `name` is the property that has the object."""
        members = self._require_object(value, name)
        return {str(key): self._to_text(member, f"{name}/{key}") for key, member in members.items()}

    def get_path(self, name: str) -> Path:
        """Return a property that is a local path, relative to the template's folder, as an absolute path."""
        value = self.get(name)
        if not isinstance(value, str) or "://" in value:
            raise TemplateError(
                f"{self.place(name)} is {value!r}: a local path is expected, as nothing is fetched."
            )
        return (self._folder / value).resolve()

    def _require_object(self, value: Value, name: str) -> dict[str, Value]:
        if not isinstance(value, dict):
            raise TemplateError(f"{self.place(name)} is {value!r}: an object is expected.")
        return value

    def _to_text(self, value: Value, name: str) -> str:
        try:
            return intrinsics.to_text(value)
        except TypeError as error:
            raise TemplateError(f"{self.place(name)}: {error}.") from error


def merge(common: Value, own: Value) -> Value:
    """Merge a value in Globals with a resource's own, which wins.

    Objects are merged and lists are concatenated.

    Source: AWS SAM Developer Guide, "Globals section of the AWS SAM template".
    """
    if isinstance(common, dict) and isinstance(own, dict):
        return {**common, **{key: merge(common.get(key), value) for key, value in own.items()}}
    if isinstance(common, list) and isinstance(own, list):
        return common + own
    return own
