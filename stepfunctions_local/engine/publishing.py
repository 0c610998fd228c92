"""Versions and aliases: publishes and deletes versions, creates, changes and deletes aliases."""

from dataclasses import replace
from datetime import datetime

from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.errors import ConflictException
from stepfunctions_local.engine.machines.alias import Alias, Route
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Publication, Version
from stepfunctions_local.engine.records.change import AliasDeleted, AliasSaved, VersionDeleted
from stepfunctions_local.engine.records.journal import Journal


class Versions:
    """Publishes and deletes the versions of a catalog's state machines."""

    def __init__(self, catalog: Catalog, journal: Journal) -> None:
        self._catalog = catalog
        self._journal = journal

    async def publish(
        self, machine: StateMachine, publication: Publication, revision_id: str | None, now: datetime
    ) -> Version:
        """Publish the present revision, or return the version that it was published as earlier.

        Raises:
            ConflictException: `revision_id` is not the present revision.
            ServiceQuotaExceededException: it has as many versions as are allowed.
            StateMachineDeleting: the state machine is being deleted.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        self._catalog.require_active(machine)
        if revision_id is not None:
            machine.require_revision(revision_id)
        if published := machine.published_version:
            await self._catalog.flush(machine)
            return published
        changed = machine.publish(publication, now)
        await self._catalog.save(changed)
        return changed.versions[changed.last_version]

    async def delete(self, machine: StateMachine, number: int) -> None:
        """Delete a version. Executions of it run on.

        Raises:
            ConflictException: an alias routes to it.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        await self._catalog.apply(machine.without_version(number), VersionDeleted(machine.id, number))


class Aliases:
    """Creates, changes and deletes the aliases of a catalog's state machines."""

    def __init__(self, catalog: Catalog, journal: Journal) -> None:
        self._catalog = catalog
        self._journal = journal

    async def create(
        self,
        machine: StateMachine,
        name: str,
        routes: tuple[Route, ...],
        description: str | None,
        now: datetime,
    ) -> Alias:
        """Create an alias, or return the one that the same call created before.

        Raises:
            ConflictException: the name is taken by an alias with other routes or another description.
            ServiceQuotaExceededException: it has as many aliases as are allowed.
            StateMachineDeleting: the state machine is being deleted.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        self._catalog.require_active(machine)
        if existing := machine.aliases.get(name):
            if (existing.routes, existing.description) != (routes, description):
                raise ConflictException(
                    "Failed to create alias because an alias with the same name and a different routing "
                    "configuration already exists."
                )
            await self._catalog.flush(machine)
            return existing
        alias = Alias(name, routes, now, now, description)
        await self._save(machine, alias)
        return alias

    async def update(
        self,
        machine: StateMachine,
        alias: Alias,
        routes: tuple[Route, ...] | None,
        description: str | None,
        now: datetime,
    ) -> Alias:
        """Change the routes or the description of an alias. None keeps the present ones.

        Raises:
            StateMachineDeleting: the state machine is being deleted.
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        self._catalog.require_active(machine)
        changed = replace(
            alias,
            routes=alias.routes if routes is None else routes,
            description=alias.description if description is None else description,
        )
        if changed == alias:
            await self._catalog.flush(machine)
            return alias
        changed = replace(changed, updated=now)
        await self._save(machine, changed)
        return changed

    async def delete(self, machine: StateMachine, name: str) -> None:
        """Delete an alias. Executions that it started run on.

        Raises:
            JournalUnwritable: the disk refuses it.

        """
        self._journal.require_writable()
        await self._catalog.apply(machine.without_alias(name), AliasDeleted(machine.id, name))

    async def _save(self, machine: StateMachine, alias: Alias) -> None:
        await self._catalog.apply(machine.with_alias(alias), AliasSaved(machine.id, alias))
