"""Publishes versions of state machines, and deletes them."""

from datetime import datetime

from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.change import VersionDeleted
from stepfunctions_local.engine.journal import Journal
from stepfunctions_local.engine.state_machine import StateMachine
from stepfunctions_local.engine.version import Publication, Version


class Versions:
    """Changes what a catalog's state machines have published."""

    def __init__(self, catalog: Catalog, journal: Journal) -> None:
        self._catalog = catalog
        self._journal = journal

    async def publish(
        self, machine: StateMachine, publication: Publication, revision_id: str | None, now: datetime
    ) -> Version:
        """Publish a state machine as it is; the same again answers with the same version.

        Raises:
            ConflictException: its revision is not the one that the caller means.
            ServiceQuotaExceededException: it has as many versions as it may have.
            StateMachineDeleting: it is on its way out.
            JournalUnwritable: it cannot be written down.

        """
        self._journal.require_writable()
        self._catalog.require_active(machine)
        if revision_id is not None:
            machine.require_revision(revision_id)
        if published := machine.published():
            await self._catalog.written(machine)
            return published
        changed = machine.publish(publication, now)
        await self._catalog.save(changed)
        return changed.versions[changed.last_version]

    async def delete(self, machine: StateMachine, number: int) -> None:
        """Delete a version. Executions of it run on.

        Raises:
            ConflictException: an alias leads to it.
            JournalUnwritable: that cannot be written down.

        """
        self._journal.require_writable()
        await self._catalog.keep(machine.without_version(number), VersionDeleted(machine.id, number))
