"""A Step Functions endpoint put together: the engine, who makes its calls, and the port it listens on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from stepfunctions_local.endpoints.states_endpoint import states_listener
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.records import open_records
from stepfunctions_local.integrations.lambda_invocation import LambdaInvocation


@dataclass(frozen=True, slots=True)
class StatesServer:
    """A running endpoint: its engine, and where clients find it."""

    engine: Engine
    url: str


@asynccontextmanager
async def serve_states(
    settings: Settings, host: str, port: int, lambda_endpoint: str, data_dir: Path | None = None
) -> AsyncIterator[StatesServer]:
    """Serve the Step Functions API as long as the context lasts; without a folder, records stay in memory.

    Raises:
        JournalDamaged: the records in the folder cannot be trusted.
        PortTaken: another process listens there.
        SettingError: the host is none of this machine's, or the folder cannot be used.

    """
    async with (
        open_records(data_dir) as records,
        LambdaInvocation(lambda_endpoint, settings.max_calls) as tasks,
        Engine(tasks, records, settings) as engine,
        states_listener(engine, host, port) as listener,
    ):
        yield StatesServer(engine, listener.url)
