"""Finds Map Runs: those that run are kept in memory, the others are in the records."""

from collections import OrderedDict
from typing import Final

from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.records.store import Store

_RECENT: Final = 64
"""How many runs that do not run are kept in memory: each of their children is described with its run."""


class Runs:
    """The Map Runs by their ids."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: dict[int, MapRun] = {}
        self._recent: OrderedDict[int, MapRun] = OrderedDict()

    def save(self, run: MapRun) -> None:
        """Keep a run as it is now."""
        self._running.pop(run.id, None)
        self._recent.pop(run.id, None)
        if run.is_running:
            self._running[run.id] = run
        else:
            self._keep(run)

    def get(self, run_id: int) -> MapRun:
        """Return a run.

        Raises:
            LookupError: it is no longer kept.

        """
        if run := self._running.get(run_id) or self._recent.get(run_id):
            return run
        run = self._store.map_run(run_id)
        if run is None:
            raise LookupError(f"Map Run {run_id} is no longer kept.")
        self._keep(run)
        return run

    def _keep(self, run: MapRun) -> None:
        self._recent[run.id] = run
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
