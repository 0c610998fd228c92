"""The catalog of state machines."""

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from uuid import uuid4

from stepfunctions_local import language
from stepfunctions_local.engine.arn import Arns, state_machine_of
from stepfunctions_local.engine.errors import (
    InvalidArn,
    InvalidDefinition,
    ResourceNotFound,
    StateMachineAlreadyExists,
    StateMachineDeleting,
    StateMachineDoesNotExist,
)
from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import MachineStatus, Revision, Setup, StateMachine
from stepfunctions_local.engine.machines.tags import Tags
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.machines.version import Publication, Version
from stepfunctions_local.engine.records.change import Change, StateMachineDeleted, StateMachineSaved
from stepfunctions_local.engine.records.records import Records
from stepfunctions_local.language.resource import list_models
from stepfunctions_local.service_model import are_loaded, load_service_models


class Catalog:
    """Creates, changes and finds state machines. There are few, so all of them are kept in memory."""

    def __init__(self, records: Records, arns: Arns) -> None:
        self._store = store = records.store
        self._journal = records.journal
        self._arns = arns
        self._machines = {machine.id: machine for machine in store.state_machines()}
        self._ids = {machine.name: machine.id for machine in self._machines.values()}
        self._definitions: dict[int, language.Definition] = {}
        self._revisions: dict[int, Revision] = {}
        self._running = store.running()
        self._written: dict[int, asyncio.Future[None]] = {}
        machine_id, revision_id, _ = store.last_ids()
        self._machine_ids = itertools.count(machine_id + 1)
        self._revision_ids = itertools.count(revision_id + 1)

    def arn(self, machine: StateMachine, qualifier: str | int | None = None) -> str:
        """Return the ARN of a state machine, or of one of its versions or aliases."""
        return self._arns.state_machine(machine.name, qualifier)

    def all(self) -> list[StateMachine]:
        """Return every state machine, by name."""
        return sorted(self._machines.values(), key=attrgetter("name"))

    def get(self, machine_id: int) -> StateMachine:
        """Return the state machine with this id."""
        return self._machines[machine_id]

    def find_named(self, name: str) -> StateMachine | None:
        """Return the state machine with this name, or None."""
        return self._machines[self._ids[name]] if name in self._ids else None

    def find(self, arn: str) -> StateMachine:
        """Return the state machine with this ARN, which names neither a version nor an alias.

        Raises:
            InvalidArn: it is not the ARN of a state machine.
            StateMachineDoesNotExist: there is none.

        """
        target = self.target(arn)
        if target.version or target.alias:
            raise StateMachineDoesNotExist(arn)
        return target.machine

    def target(self, arn: str) -> Target:
        """Return the state machine, the version or the alias with this ARN.

        Raises:
            InvalidArn: it is not the ARN of a state machine.
            StateMachineDoesNotExist: there is none.

        """
        parts = state_machine_of(arn)
        machine = self.find_named(parts.name)
        if machine is None or arn != self._arns.state_machine(parts.name, parts.version or parts.qualifier):
            raise StateMachineDoesNotExist(arn)
        version = machine.versions.get(parts.version) if parts.version else None
        alias = machine.aliases.get(parts.qualifier) if parts.qualifier else None
        if parts.qualifier and not (version or alias):
            raise StateMachineDoesNotExist(arn)
        return Target(machine, version, alias)

    def find_again(self, target: Target) -> Target:
        """Return a target as it is now.

        Raises:
            StateMachineDoesNotExist: it was deleted.

        """
        qualifier = target.alias.name if target.alias else target.version.number if target.version else None
        return self.target(self.arn(target.machine, qualifier))

    def version(self, arn: str) -> tuple[StateMachine, Version]:
        """Return the version with this ARN, and its state machine.

        Raises:
            InvalidArn: it is not the ARN of a version.
            StateMachineDoesNotExist: there is none.

        """
        if state_machine_of(arn).version is None:
            raise InvalidArn(f"It is not the ARN of a version: {arn}")
        target = self.target(arn)
        if target.version is None:
            raise StateMachineDoesNotExist(arn)
        return target.machine, target.version

    def alias(self, arn: str) -> tuple[StateMachine, Alias]:
        """Return the alias with this ARN, and its state machine.

        Raises:
            InvalidArn: it is not the ARN of an alias.
            ResourceNotFound: there is none.

        """
        parts = state_machine_of(arn)
        if parts.qualifier is None or parts.version is not None:
            raise InvalidArn(f"It is not the ARN of an alias: {arn}")
        try:
            target = self.target(arn)
        except StateMachineDoesNotExist as error:
            raise ResourceNotFound(arn) from error
        if target.alias is None:
            raise ResourceNotFound(arn)
        return target.machine, target.alias

    async def load_models(self, *definitions: str) -> None:
        """Load the models of the services that definitions call. Without any, those of all state machines.

        It happens in a thread, since a model takes up to 100 ms; afterwards a definition is parsed at once.
        """
        texts = definitions or [machine.revision.setup.definition for machine in self._machines.values()]
        names = {name for text in texts for name in list_models(text)}
        if not are_loaded(names):
            await asyncio.to_thread(load_service_models, sorted(names))

    async def create(
        self,
        name: str,
        setup: Setup,
        now: datetime,
        tags: Tags | None = None,
        publication: Publication | None = None,
    ) -> tuple[StateMachine, tuple[language.Diagnostic, ...]]:
        """Create a state machine, and return it with the warnings about its definition.

        A repeated call returns the same state machine, even with another role or other tags.
        Source: CreateStateMachine in the API Reference, on idempotency.

        Raises:
            InvalidDefinition: the definition cannot be run here.
            StateMachineAlreadyExists: the name is taken by a state machine with another setup.
            StateMachineDeleting: the state machine with the name is being deleted.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        await self.load_models(setup.definition)
        parsed = _parse(setup)
        existing = self.find_named(name)
        if existing:
            self._require_same(existing, setup, publication)
            await self.flush(existing)
            return existing, parsed.warnings
        revision = Revision(next(self._revision_ids), setup, now)
        machine = StateMachine(
            next(self._machine_ids), name, now, revision, tags=tags or {}, first_publication=publication
        )
        self._definitions[revision.id] = parsed
        machine = machine.publish(publication, now) if publication else machine
        await self.save(machine)
        return machine, parsed.warnings

    async def update(
        self, machine: StateMachine, setup: Setup, now: datetime, publication: Publication | None = None
    ) -> tuple[StateMachine, tuple[language.Diagnostic, ...]]:
        """Add a revision to a state machine unless its setup is the same. Executions keep their revision.

        Raises:
            InvalidDefinition: the definition cannot be run here.
            ServiceQuotaExceededException: it has as many versions as are allowed.
            StateMachineDeleting: it is being deleted.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        self.require_active(machine)
        parsed, changed = _parse(setup), machine
        if setup != machine.revision.setup:
            revision = Revision(next(self._revision_ids), setup, now, str(uuid4()))
            self._definitions[revision.id] = parsed
            changed = replace(machine, revision=revision)
        changed = changed.publish(publication, now) if publication else changed
        await (self.flush(machine) if changed is machine else self.save(changed))
        return changed, parsed.warnings

    async def tag(self, machine: StateMachine, tags: Tags) -> None:
        """Replace the tags of a state machine.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        await self.save(replace(machine, tags=tags))

    async def delete(self, machine: StateMachine) -> None:
        """Delete a state machine: at once, or once its last running execution has ended.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        if self._running[machine.id]:
            await self.save(replace(machine, status=MachineStatus.DELETING))
        else:
            await self._remove(machine)

    def save(self, machine: StateMachine) -> asyncio.Future[None]:
        """Save a state machine. The future is done once it is on disk."""
        before = self._machines.get(machine.id)
        is_published = before is None or machine.last_version > before.last_version
        version = machine.versions.get(machine.last_version) if is_published else None
        return self.apply(machine, StateMachineSaved(machine, version))

    def apply(self, machine: StateMachine, change: Change) -> asyncio.Future[None]:
        """Replace a state machine in memory, and write `change`, the difference, to the journal."""
        self._machines[machine.id] = machine
        self._ids[machine.name] = machine.id
        self._revisions[machine.revision.id] = machine.revision
        self._written[machine.id] = written = self._journal.submit(change)
        return written

    async def flush(self, machine: StateMachine) -> None:
        """Wait until all changes of a state machine are on disk.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        written = self._written.get(machine.id)
        if written and not written.done():
            await written

    def remove_deleted(self) -> None:
        """Remove the state machines in deletion that a crash left behind their last execution."""
        for machine in self.all():
            if machine.status is MachineStatus.DELETING and not self._running[machine.id]:
                self._remove(machine)

    def count_running(self, machine_id: int) -> int:
        """Return the number of a state machine's running executions, children of Map Runs included."""
        return self._running[machine_id]

    def on_execution_started(self, machine_id: int) -> None:
        """Count one more running execution."""
        self._running[machine_id] += 1

    def on_execution_ended(self, machine_id: int) -> None:
        """Count one less running execution. A state machine that is being deleted goes with its last one."""
        self._running[machine_id] -= 1
        machine = self._machines[machine_id]
        if machine.status is MachineStatus.DELETING and not self._running[machine_id]:
            self._remove(machine)

    def require_active(self, machine: StateMachine) -> None:
        """Require a state machine not to be in deletion.

        Raises:
            StateMachineDeleting: it is being deleted.

        """
        if machine.status is MachineStatus.DELETING:
            raise StateMachineDeleting(self.arn(machine))

    def definition(self, revision_id: int) -> language.Definition:
        """Return the definition of a revision, parsed once."""
        if revision_id not in self._definitions:
            self._definitions[revision_id] = language.parse_definition(
                self.revision(revision_id).setup.definition
            )
        return self._definitions[revision_id]

    def revision(self, revision_id: int) -> Revision:
        """Return a revision, present or past."""
        if revision_id not in self._revisions:
            self._revisions[revision_id] = self._store.revision(revision_id)
        return self._revisions[revision_id]

    def _require_same(self, existing: StateMachine, setup: Setup, publication: Publication | None) -> None:
        self.require_active(existing)
        present = replace(existing.revision.setup, role_arn=setup.role_arn)
        if (setup, publication) != (present, existing.first_publication):
            raise StateMachineAlreadyExists(self.arn(existing))

    def _remove(self, machine: StateMachine) -> asyncio.Future[None]:
        del self._machines[machine.id], self._ids[machine.name]
        self._written.pop(machine.id, None)
        return self._journal.submit(StateMachineDeleted(machine.id))


def _parse(setup: Setup) -> language.Definition:
    try:
        return language.parse_definition(setup.definition, is_express=setup.is_express)
    except language.InvalidDefinition as error:
        raise InvalidDefinition(str(error)) from error
