"""A complete Step Functions endpoint: an engine, the calls of its Tasks, and the port it listens on."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.descriptors import Shares
from stepfunctions_local.endpoints.states.endpoint import create_states_listener
from stepfunctions_local.engine.clock import SkippableClock, SystemClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.records.records import Records, open_records
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.integrations.task_calls import TaskCalls


@dataclass(frozen=True, slots=True)
class StatesServer:
    """A running endpoint: its engine, the skips of its clock, and its URL."""

    engine: Engine
    skips: Skips
    url: str


@asynccontextmanager
async def serve_states(
    settings: Settings,
    host: str,
    port: int,
    endpoints: Mapping[str, str],
    data_dir: Path | None = None,
    *,
    gate: Gate = DEFAULT_GATE,
    mocks: MockConfig | None = None,
) -> AsyncIterator[StatesServer]:
    """Serve the Step Functions API until the context ends. Without a folder, records stay in memory.

    `endpoints` are the URLs of the services that Task states call, by their names in a Resource: `lambda`.
    Only requests that pass the `gate` are served.
    `mocks` has the test cases that StartExecution can name.

    Raises:
        JournalDamaged: the records in the folder cannot be trusted.
        PortTaken: another process listens on the port.
        SettingError: this computer does not have the host, or the folder cannot be used.

    """
    settings = _fit(settings, Shares.of_this_process())
    async with (
        open_records(data_dir) as records,
        TaskCalls(
            endpoints,
            environment=os.environ,
            account=settings.account,
            credentials=Credentials.from_environment(),
            connections=settings.max_calls,
        ) as tasks,
        _run_engine(tasks, records, settings, mocks) as (engine, skips),
        create_states_listener(engine, skips, host, port, gate) as listener,
    ):
        tasks.set_own_url(listener.url)
        try:
            yield StatesServer(engine, skips, listener.url)
        finally:
            engine.dismiss_workers()


def _fit(settings: Settings, shares: Shares) -> Settings:
    """Fit the settings to the shares. Half of the connections are left to others than waiting workers."""
    return replace(
        settings,
        max_calls=min(settings.max_calls, shares.calls),
        max_workers=min(settings.max_workers, shares.connections // 2),
    )


@asynccontextmanager
async def _run_engine(
    tasks: TaskCalls, records: Records, settings: Settings, mocks: MockConfig | None
) -> AsyncIterator[tuple[Engine, Skips]]:
    clock = SkippableClock(SystemClock(), records.store.clock_ahead())
    async with Engine(tasks, records, settings, clock=clock, mocks=mocks) as engine:
        yield engine, Skips(engine, clock, records.journal)
