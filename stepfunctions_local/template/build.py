"""A project's build by `sam build`: its functions and state machines, ready to be served."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.template.called_functions import warn_of_missing_functions
from stepfunctions_local.template.document import read_document
from stepfunctions_local.template.events import warn_of_events
from stepfunctions_local.template.faults import ask, list_missing
from stepfunctions_local.template.functions import read_function
from stepfunctions_local.template.inline_code import FOLDER as INLINE_FOLDER
from stepfunctions_local.template.layers import Layers, read_layers
from stepfunctions_local.template.local_resources import (
    NO_LOCAL_RESOURCES,
    LocalResources,
    read_local_resources,
)
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.overrides import require_allowed, require_known
from stepfunctions_local.template.properties import Properties, merge
from stepfunctions_local.template.publication import (
    StateMachineAlias,
    StateMachineVersion,
    read_alias,
    read_version,
)
from stepfunctions_local.template.qualified import ALIAS, VERSION
from stepfunctions_local.template.references import Reference, find_references
from stepfunctions_local.template.resources import (
    ACTIVITY,
    FUNCTION_TYPES,
    NESTED_TYPES,
    STATE_MACHINE_TYPES,
)
from stepfunctions_local.template.stack import TargetStack
from stepfunctions_local.template.staleness import warn_if_stale
from stepfunctions_local.template.state_machines import (
    DeclaredStateMachine,
    find_definition_file,
    read_state_machine,
)

BUILD_FOLDER = Path(".aws-sam", "build")
GLOBALS = {"AWS::Serverless::Function": "Function", "AWS::Serverless::StateMachine": "StateMachine"}

Resource = TypeVar("Resource")


class Resources(Mapping[str, Resource]):
    """Resources by logical id, and also by the name that the template gives them.

    A resource is read on its first access, which raises a TemplateError if it cannot be served.
    """

    def __init__(
        self, logical_ids: tuple[str, ...], name: Callable[[str], str], read: Callable[[str], Resource]
    ) -> None:
        self._logical_ids = logical_ids
        self._name = name
        self._read = read
        self._loaded: dict[str, Resource] = {}

    def __getitem__(self, name: str) -> Resource:
        """Return one resource."""
        if name not in self._loaded:
            self._loaded[name] = self._read(self._find_logical_id(name))
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the logical ids."""
        return iter(self._logical_ids)

    def __len__(self) -> int:
        """Return their number."""
        return len(self._logical_ids)

    def _find_logical_id(self, name: str) -> str:
        if name in self._logical_ids:
            return name
        for logical_id in self._logical_ids:
            if self._is_named(logical_id, name):
                return logical_id
        raise KeyError(name)

    def _is_named(self, logical_id: str, name: str) -> bool:
        """Compare with the name in the template. A name that cannot be resolved here matches nothing."""
        try:
            return self._name(logical_id) == name
        except TemplateError:
            return False


@dataclass(frozen=True, slots=True)
class Build:
    """A built template.

    `warnings` are for a person to read: the build may not be the intended one.
    `definition_files` are outside of the build: a change in one of them takes effect without `sam build`.
    `references` are of functions' variables to resources that exist only on AWS.
    `activities`: the names of activities.
    `local_resources`: the tables, queues and event sources that there are on this computer.
    """

    functions: Resources[Function]
    state_machines: Resources[DeclaredStateMachine]
    versions: Resources[StateMachineVersion]
    aliases: Resources[StateMachineAlias]
    activities: Resources[str]
    warnings: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    definition_files: tuple[Path, ...] = ()
    local_resources: LocalResources = NO_LOCAL_RESOURCES


def find_built_template(project: Path) -> Path:
    """Return the path of a project's built template, which `sam build` writes last."""
    return project.resolve() / BUILD_FOLDER / "template.yaml"


def read_build(project: Path, stack: TargetStack | None = None) -> Build:
    """Return the build in a project's folder.

    Raises:
        TemplateError: there is no build, it is not a template, or it lacks a parameter of the stack.

    """
    built = find_built_template(project)
    if not built.is_file():
        raise TemplateError(f"There is no {built}: run `sam build` in {project.resolve()} first.")
    stack = stack or TargetStack()
    reader = _open_reader(built, stack)
    functions = reader.find(FUNCTION_TYPES, reader.read_function)
    state_machines = reader.find(STATE_MACHINE_TYPES, reader.read_state_machine)
    resources = reader.merge_resources()
    found = read_local_resources(resources, reader.local, reader.get_properties, stack)
    return Build(
        functions,
        state_machines,
        reader.find((VERSION,), reader.read_version),
        reader.find((ALIAS,), reader.read_alias),
        reader.find((ACTIVITY,), reader.local.resolve_name),
        (
            *ask(list_missing([*_find_errors(state_machines), *_find_errors(functions)])),
            *warn_if_stale(project.resolve(), built),
            *reader.warn_of_layers(),
            *reader.warn_of_nested(),
            *warn_of_missing_functions(state_machines, functions),
            *found.warnings,
            *warn_of_events(resources, found.served),
        ),
        reader.find_references(),
        reader.find_definition_files(),
        found,
    )


def _open_reader(built: Path, stack: TargetStack) -> "_Reader":
    template = read_document(built)
    local = LocalValues(template, stack)
    require_known(stack.parameters, template, local)
    require_allowed(stack.parameters, template)
    return _Reader(template, local, built.parent)


def _find_errors(resources: Resources[Resource]) -> Iterator[TemplateError]:
    for logical_id in resources:
        try:
            resources[logical_id]
        except TemplateError as error:
            yield error


@dataclass(frozen=True, slots=True)
class _Reader:
    template: Mapping[str, Any]
    local: LocalValues
    folder: Path

    def find(self, types: tuple[str, ...], read: Callable[[str], Resource]) -> Resources[Resource]:
        return Resources(self._find_logical_ids(types), self.local.resolve_name, read)

    def read_function(self, logical_id: str) -> Function:
        layers, inline = self._read_layers(logical_id).folders, self.folder.with_name(INLINE_FOLDER)
        return read_function(self._get_type(logical_id), self.get_properties(logical_id), layers, inline)

    def read_state_machine(self, logical_id: str) -> DeclaredStateMachine:
        role_arn = self.local.get_att(f"{logical_id}Role", "Arn", f"Resources/{logical_id}")
        return read_state_machine(self.get_properties(logical_id), role_arn)

    def read_version(self, logical_id: str) -> StateMachineVersion:
        return read_version(self.get_properties(logical_id))

    def read_alias(self, logical_id: str) -> StateMachineAlias:
        return read_alias(self.get_properties(logical_id), self.local)

    def warn_of_layers(self) -> tuple[str, ...]:
        return tuple(
            f"{logical_id} lacks a layer: {reason}"
            for logical_id in self._find_logical_ids(FUNCTION_TYPES)
            for reason in self._read_layers(logical_id).unloaded
        )

    def warn_of_nested(self) -> tuple[str, ...]:
        return tuple(
            f"{logical_id} is a nested stack, which is not served here: run `delay local` in a folder with "
            "a template and a build of its own."
            for logical_id in self._find_logical_ids(NESTED_TYPES)
        )

    def _read_layers(self, logical_id: str) -> Layers:
        given = self._merge_properties(logical_id).get("Layers")
        return read_layers(given, f"Resources/{logical_id}/Properties/Layers", self.local, self.folder)

    def find_definition_files(self) -> tuple[Path, ...]:
        paths = (
            find_definition_file(self.get_properties(logical_id))
            for logical_id in self._find_logical_ids(STATE_MACHINE_TYPES)
        )
        return tuple(path for path in paths if path)

    def find_references(self) -> tuple[Reference, ...]:
        functions = self._find_logical_ids(FUNCTION_TYPES)
        variables = {logical_id: self._get_variables(logical_id) for logical_id in functions}
        return find_references(self.local.resources, functions, variables)

    def merge_resources(self) -> dict[str, dict[str, Any]]:
        """Return the template's resources with the properties of Globals."""
        return {
            logical_id: {
                "Type": self._get_type(logical_id),
                "Properties": self._merge_properties(logical_id),
                "Metadata": self.local.resources[logical_id].get("Metadata"),
            }
            for logical_id in self.local.resources
            if self.local.exists(logical_id)
        }

    def _find_logical_ids(self, types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            logical_id
            for logical_id in self.local.resources
            if self._get_type(logical_id) in types and self.local.exists(logical_id)
        )

    def get_properties(self, logical_id: str) -> Properties:
        """Return the properties of a resource, with those of Globals."""
        return Properties(logical_id, self._merge_properties(logical_id), self.local, self.folder)

    def _merge_properties(self, logical_id: str) -> dict[str, Any]:
        common = (self.template.get("Globals") or {}).get(GLOBALS.get(self._get_type(logical_id), "")) or {}
        properties: dict[str, Any] = merge(common, self.local.resources[logical_id].get("Properties") or {})
        return properties

    def _get_variables(self, logical_id: str) -> dict[str, Any]:
        """Return a function's variables as the template has them; none if they are malformed."""
        environment = self._merge_properties(logical_id).get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        return variables if isinstance(variables, dict) else {}

    def _get_type(self, logical_id: str) -> str:
        return str(self.local.resources[logical_id].get("Type"))
