"""The tables, queues and event sources of a template that there are on this computer."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.event_sources import (
    MAPPING,
    SAM_QUEUE,
    SCHEDULE,
    ScheduleSource,
    Source,
    list_events,
    read_event,
    read_mapping,
    read_schedule,
)
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.properties import Properties
from stepfunctions_local.template.queues import QUEUE, DeclaredQueue, read_queue
from stepfunctions_local.template.references import find_names
from stepfunctions_local.template.resources import FUNCTION_TYPES, STATE_MACHINE_TYPES, is_for_aws_only
from stepfunctions_local.template.stack import TargetStack
from stepfunctions_local.template.tables import TABLE_TYPES, DeclaredTable, read_table

_USERS: Final = (*FUNCTION_TYPES, *STATE_MACHINE_TYPES, MAPPING)
"""Resources that use tables and queues on this computer, if they name them."""

_USING: Final = ("Environment", "Events", "DefinitionSubstitutions", "Definition", "EventSourceArn")
"""The properties in which they name them."""

T = TypeVar("T")
Resources: TypeAlias = Mapping[str, Mapping[str, Any]]
Read: TypeAlias = Callable[[str], Properties]


@dataclass(frozen=True, slots=True)
class LocalResources:
    """The tables and queues that functions, state machines and event sources of a template use here.

    `sources` call functions.
    `warnings` are for a person to read.
    """

    tables: tuple[DeclaredTable, ...] = ()
    queues: tuple[DeclaredQueue, ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def served(self) -> frozenset[str]:
        """The names of the event sources."""
        return frozenset(source.name for source in self.sources)

    @property
    def services(self) -> frozenset[str]:
        """The services that they need: `dynamodb`, `sqs`."""
        found = {"dynamodb": self.tables, "sqs": self.queues}
        return frozenset(name for name, resources in found.items() if resources)

    def keep(self, services: frozenset[str]) -> "LocalResources":
        """Return what belongs to these services: others are elsewhere."""
        return replace(
            self,
            tables=self.tables if "dynamodb" in services else (),
            queues=self.queues if "sqs" in services else (),
        )


NO_LOCAL_RESOURCES: Final = LocalResources()


def read_local_resources(
    resources: Resources, local: LocalValues, read: Read, stack: TargetStack
) -> LocalResources:
    """Return the tables, queues and event sources of a template, whose `resources` have those of Globals.

    A source is left out if the stack does not run it.

    `read` returns the properties of a resource. A resource that cannot be read is left out, with a warning.
    """
    reader = _Reader(resources, local, read, stack)
    used = reader.find_used()
    tables = reader.read_each((name for name in used if reader.is_a(name, *TABLE_TYPES)), reader.read_table)
    queues = reader.read_each((name for name in used if reader.is_a(name, QUEUE)), reader.read_queue)
    arns = {queue.arn for queue in queues}
    sources = (source for source in reader.read_sources() if _is_served(source, arns))
    return LocalResources(
        tuple(tables),
        tuple(queues),
        tuple(sources),
        tuple(reader.warnings),
    )


class _Reader:
    def __init__(self, resources: Resources, local: LocalValues, read: Read, stack: TargetStack) -> None:
        self._resources = resources
        self._local = local
        self._read = read
        self._stack = stack
        self.warnings: list[str] = []

    def is_a(self, name: str, *types: str) -> bool:
        return str(self._resources.get(name, {}).get("Type")) in types

    def find_used(self) -> list[str]:
        """Return the resources that are named by users here, and the dead-letter queues of such queues."""
        used = set[str]()
        found = {name for user in self._list_users() for name in self._find_named(user, _USING)}
        while found - used:
            used |= found
            queues = [name for name in used if self.is_a(name, QUEUE)]
            found = {name for queue in queues for name in self._find_named(queue, ("RedrivePolicy",))}
        return sorted(used)

    def read_each(self, names: Iterable[str], read: Callable[[str], T | None]) -> list[T]:
        """Return the resources that can be read."""
        found = [self._try(name, read) for name in names]
        return [each for each in found if each is not None]

    def read_table(self, name: str) -> DeclaredTable:
        type_ = str(self._resources[name].get("Type"))
        return read_table(type_, self._local.resolve_name(name), self._read(name))

    def read_queue(self, name: str) -> DeclaredQueue:
        arn = str(self._local.get_att(name, "Arn", f"Resources/{name}"))
        return read_queue(self._local.resolve_name(name), arn, self._read(name))

    def read_sources(self) -> list[Source]:
        """Return the event sources of functions, in SAM's notation and in resources of their own."""
        found: list[Source] = []
        if self._stack.aws_url:
            found += self.read_each(self._list(MAPPING), lambda name: read_mapping(self._read(name)))
        if self._stack.runs_schedules:
            found += self.read_each(self._list(SCHEDULE), lambda name: read_schedule(self._read(name)))
        events = dict(self._list_events())
        return found + self.read_each(events, lambda name: read_event(name, *events[name]))

    def _list_events(self) -> Iterator[tuple[str, tuple[str, Properties]]]:
        for function in self._list(*FUNCTION_TYPES):
            for name, kind, properties in list_events(function, self._read(function)):
                if self._stack.aws_url if kind == SAM_QUEUE else self._stack.runs_schedules:
                    yield name, (kind, properties)

    def _try(self, name: str, read: Callable[[str], T | None]) -> T | None:
        try:
            return read(name)
        except TemplateError as error:
            self.warnings.append(f"{name} does nothing here: {error}")
            return None

    def _list(self, *types: str) -> list[str]:
        return [
            name
            for name, resource in self._resources.items()
            if self.is_a(name, *types) and not is_for_aws_only(resource)
        ]

    def _list_users(self) -> Iterator[str]:
        for name, resource in self._resources.items():
            if resource.get("Type") in _USERS and not is_for_aws_only(resource):
                yield name

    def _find_named(self, name: str, properties: tuple[str, ...]) -> set[str]:
        own = self._resources[name].get("Properties") or {}
        return {found for part in properties for found in find_names(own.get(part))}


def _is_served(source: Source, queue_arns: Container[str]) -> bool:
    return isinstance(source, ScheduleSource) or source.queue_arn in queue_arns
