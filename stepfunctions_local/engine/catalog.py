"""The state machines of this endpoint, by name."""

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from uuid import uuid4

from stepfunctions_local import language
from stepfunctions_local.engine.arn import Arns, state_machine_of
from stepfunctions_local.engine.change import StateMachineDeleted, StateMachineSaved
from stepfunctions_local.engine.errors import (
    InvalidDefinition,
    StateMachineAlreadyExists,
    StateMachineDeleting,
    StateMachineDoesNotExist,
)
from stepfunctions_local.engine.records import Records
from stepfunctions_local.engine.state_machine import MachineStatus, Revision, StateMachine
from stepfunctions_local.language import Json


class Catalog:
    """Creates, changes and finds state machines; there are few, so all stay in memory beside the store."""

    def __init__(self, records: Records, arns: Arns) -> None:
        self._store = store = records.store
        self._journal = records.journal
        self._arns = arns
        self._machines = {machine.id: machine for machine in store.state_machines()}
        self._ids = {machine.name: machine.id for machine in self._machines.values()}
        self._definitions: dict[int, language.StateMachine] = {}
        self._revisions: dict[int, Revision] = {}
        self._running = store.running()
        self._written: dict[int, asyncio.Future[None]] = {}
        machine_id, revision_id, _ = store.last_ids()
        self._machine_ids = itertools.count(machine_id + 1)
        self._revision_ids = itertools.count(revision_id + 1)

    def arn(self, machine: StateMachine) -> str:
        """Return a state machine's ARN."""
        return self._arns.state_machine(machine.name)

    def all(self) -> list[StateMachine]:
        """Return every state machine, by name."""
        return sorted(self._machines.values(), key=attrgetter("name"))

    def numbered(self, machine_id: int) -> StateMachine:
        """Return the state machine with this number."""
        return self._machines[machine_id]

    def named(self, name: str) -> StateMachine | None:
        """Return the state machine with this name."""
        return self._machines[self._ids[name]] if name in self._ids else None

    def find(self, arn: str) -> StateMachine:
        """Return the state machine with this ARN.

        Raises:
            InvalidArn: it is not the ARN of a state machine.
            StateMachineDoesNotExist: there is none.

        """
        name = state_machine_of(arn)
        machine = self.named(name)
        if machine is None or arn != self._arns.state_machine(name):
            raise StateMachineDoesNotExist(arn)
        return machine

    async def create(
        self, name: str, definition: str, role_arn: str, configuration: Mapping[str, Json], now: datetime
    ) -> tuple[StateMachine, tuple[language.Diagnostic, ...]]:
        """Create a state machine; return it with the warnings about its definition.

        The same call again answers with the same state machine. Source: CreateStateMachine in the API
        Reference, on idempotency.

        Raises:
            InvalidDefinition: the definition cannot be run here.
            StateMachineAlreadyExists: the name is taken by another configuration.
            StateMachineDeleting: the name is taken until running executions have ended.
            JournalUnwritable: it cannot be written down.

        """
        self._journal.require_writable()
        parsed = _parsed(definition)
        existing = self.named(name)
        if existing:
            await self._require_same(existing, definition, role_arn, configuration)
            return existing, parsed.warnings
        revision = Revision(next(self._revision_ids), definition, role_arn, now)
        machine = StateMachine(next(self._machine_ids), name, now, revision, configuration=configuration)
        self._definitions[revision.id] = parsed
        await self._save(machine)
        return machine, parsed.warnings

    async def update(
        self,
        machine: StateMachine,
        definition: str | None,
        role_arn: str | None,
        configuration: Mapping[str, Json],
        now: datetime,
    ) -> tuple[StateMachine, tuple[language.Diagnostic, ...]]:
        """Give a state machine a new revision; executions that run keep theirs.

        Raises:
            InvalidDefinition: the definition cannot be run here.
            StateMachineDeleting: the state machine is on its way out.
            JournalUnwritable: it cannot be written down.

        """
        self._journal.require_writable()
        self.require_active(machine)
        text = definition or machine.revision.definition
        parsed = _parsed(text)
        revision = Revision(
            next(self._revision_ids), text, role_arn or machine.revision.role_arn, now, str(uuid4())
        )
        self._definitions[revision.id] = parsed
        changed = replace(
            machine, revision=revision, configuration={**machine.configuration, **configuration}
        )
        await self._save(changed)
        return changed, parsed.warnings

    async def delete(self, machine: StateMachine) -> None:
        """Take a state machine out of service; it is gone at once when no execution of it runs.

        Raises:
            JournalUnwritable: that cannot be written down.

        """
        self._journal.require_writable()
        if self._running[machine.id]:
            await self._save(replace(machine, status=MachineStatus.DELETING))
        else:
            await self._remove(machine)

    def execution_began(self, machine_id: int) -> None:
        """Count an execution that runs."""
        self._running[machine_id] += 1

    def execution_ended(self, machine_id: int) -> None:
        """Count one less, and remove a state machine that was only waiting for its last one."""
        self._running[machine_id] -= 1
        machine = self._machines[machine_id]
        if machine.status is MachineStatus.DELETING and not self._running[machine_id]:
            self._remove(machine)

    def require_active(self, machine: StateMachine) -> None:
        """Refuse a state machine that is being deleted.

        Raises:
            StateMachineDeleting: it is.

        """
        if machine.status is MachineStatus.DELETING:
            raise StateMachineDeleting(self.arn(machine))

    def definition(self, revision_id: int) -> language.StateMachine:
        """Return the parsed definition of a revision; each is parsed once."""
        if revision_id not in self._definitions:
            self._definitions[revision_id] = language.parse_definition(self.revision(revision_id).definition)
        return self._definitions[revision_id]

    def revision(self, revision_id: int) -> Revision:
        """Return a revision, present or past."""
        if revision_id not in self._revisions:
            self._revisions[revision_id] = self._store.revision(revision_id)
        return self._revisions[revision_id]

    async def _require_same(
        self, existing: StateMachine, definition: str, role_arn: str, configuration: Mapping[str, Json]
    ) -> None:
        self.require_active(existing)
        revision = existing.revision
        if (revision.definition, revision.role_arn, existing.configuration) != (
            definition,
            role_arn,
            configuration,
        ):
            raise StateMachineAlreadyExists(self.arn(existing))
        written = self._written.get(existing.id)
        if written and not written.done():
            await written

    def _save(self, machine: StateMachine) -> asyncio.Future[None]:
        self._machines[machine.id] = machine
        self._ids[machine.name] = machine.id
        self._revisions[machine.revision.id] = machine.revision
        self._written[machine.id] = written = self._journal.submit(StateMachineSaved(machine))
        return written

    def _remove(self, machine: StateMachine) -> asyncio.Future[None]:
        del self._machines[machine.id], self._ids[machine.name]
        self._written.pop(machine.id, None)
        return self._journal.submit(StateMachineDeleted(machine.id))


def _parsed(definition: str) -> language.StateMachine:
    try:
        return language.parse_definition(definition)
    except language.InvalidDefinition as error:
        raise InvalidDefinition(str(error)) from error
