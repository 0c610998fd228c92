"""What `sam build` has left: the functions and state machines of a project, ready to be served."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.template.document import read_document
from stepfunctions_local.template.functions import read_function
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.properties import Properties, merged
from stepfunctions_local.template.publication import (
    StateMachineAlias,
    StateMachineVersion,
    read_alias,
    read_version,
)
from stepfunctions_local.template.qualified import ALIAS, VERSION
from stepfunctions_local.template.resources import FUNCTION_TYPES, STATE_MACHINE_TYPES
from stepfunctions_local.template.stack import TargetStack
from stepfunctions_local.template.staleness import stale_build
from stepfunctions_local.template.state_machines import DeclaredStateMachine, read_state_machine

BUILD_FOLDER = Path(".aws-sam", "build")
GLOBALS = {"AWS::Serverless::Function": "Function", "AWS::Serverless::StateMachine": "StateMachine"}

Resource = TypeVar("Resource")


class Resources(Mapping[str, Resource]):
    """Resources by logical id; the name that the template gives one finds it, too.

    Each is read when it is asked for, and then raises a TemplateError if it cannot be served.
    """

    def __init__(
        self, logical_ids: tuple[str, ...], name: Callable[[str], str], read: Callable[[str], Resource]
    ) -> None:
        self._logical_ids = logical_ids
        self._name = name
        self._read = read
        self._found: dict[str, Resource] = {}

    def __getitem__(self, name: str) -> Resource:
        """Read one."""
        if name not in self._found:
            self._found[name] = self._read(self._logical_id(name))
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the logical ids."""
        return iter(self._logical_ids)

    def __len__(self) -> int:
        """Count them."""
        return len(self._logical_ids)

    def _logical_id(self, name: str) -> str:
        if name in self._logical_ids:
            return name
        for logical_id in self._logical_ids:
            if self._is_named(logical_id, name):
                return logical_id
        raise KeyError(name)

    def _is_named(self, logical_id: str, name: str) -> bool:
        """Compare with the name in the template; where that is not known here, nobody can mean it."""
        try:
            return self._name(logical_id) == name
        except TemplateError:
            return False


@dataclass(frozen=True, slots=True)
class Build:
    """A built template. `warnings` are for a person to read: what was built may not be what is meant."""

    functions: Resources[Function]
    state_machines: Resources[DeclaredStateMachine]
    versions: Resources[StateMachineVersion]
    aliases: Resources[StateMachineAlias]
    warnings: tuple[str, ...] = ()


def read_build(project: Path, stack: TargetStack | None = None) -> Build:
    """Read what `sam build` has left in a project's folder.

    Raises:
        TemplateError: there is no build, it is no template, or it has no parameter of a given name.

    """
    built = project.resolve() / BUILD_FOLDER / "template.yaml"
    if not built.is_file():
        raise TemplateError(f"There is no {built}: run `sam build` in {project.resolve()} first.")
    template = read_document(built)
    reader = _Reader(
        template, LocalValues(template, _checked(stack or TargetStack(), template)), built.parent
    )
    return Build(
        reader.of_types(FUNCTION_TYPES, reader.function),
        reader.of_types(STATE_MACHINE_TYPES, reader.state_machine),
        reader.of_types((VERSION,), reader.version),
        reader.of_types((ALIAS,), reader.alias),
        stale_build(project.resolve(), built) + reader.layers_left_out(),
    )


def _checked(stack: TargetStack, template: Mapping[str, Any]) -> TargetStack:
    """Refuse a parameter that the template does not have: it would be a slip that nobody notices."""
    known = template.get("Parameters") or {}
    if unknown := sorted(stack.parameters.keys() - known.keys()):
        allowed = ", ".join(sorted(known)) or "none"
        raise TemplateError(f"The template has no parameter {', '.join(unknown)}. Its parameters: {allowed}.")
    return stack


@dataclass(frozen=True, slots=True)
class _Reader:
    template: Mapping[str, Any]
    local: LocalValues
    folder: Path

    def of_types(self, types: tuple[str, ...], read: Callable[[str], Resource]) -> Resources[Resource]:
        return Resources(self._logical_ids(types), self.local.name, read)

    def function(self, logical_id: str) -> Function:
        return read_function(self._type(logical_id), self._properties(logical_id))

    def state_machine(self, logical_id: str) -> DeclaredStateMachine:
        role_arn = self.local.get_att(f"{logical_id}Role", "Arn", f"Resources/{logical_id}")
        return read_state_machine(self._properties(logical_id), role_arn)

    def version(self, logical_id: str) -> StateMachineVersion:
        return read_version(self._properties(logical_id))

    def alias(self, logical_id: str) -> StateMachineAlias:
        return read_alias(self._properties(logical_id), self.local)

    def layers_left_out(self) -> tuple[str, ...]:
        return tuple(
            f"{logical_id} has Layers, which are not loaded here: build what it imports along with it."
            for logical_id in self._logical_ids(FUNCTION_TYPES)
            if self._merged_properties(logical_id).get("Layers")
        )

    def _logical_ids(self, types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(logical_id for logical_id in self.local.resources if self._type(logical_id) in types)

    def _properties(self, logical_id: str) -> Properties:
        return Properties(logical_id, self._merged_properties(logical_id), self.local, self.folder)

    def _merged_properties(self, logical_id: str) -> dict[str, Any]:
        common = (self.template.get("Globals") or {}).get(GLOBALS.get(self._type(logical_id), "")) or {}
        properties: dict[str, Any] = merged(common, self.local.resources[logical_id].get("Properties") or {})
        return properties

    def _type(self, logical_id: str) -> str:
        return str(self.local.resources[logical_id].get("Type"))
