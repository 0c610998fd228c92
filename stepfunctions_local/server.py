"""A Step Functions endpoint put together: the engine, who makes its calls, and the port it listens on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stepfunctions_local.endpoints.states_endpoint import states_listener
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.integrations.lambda_invocation import LambdaInvocation


@dataclass(frozen=True, slots=True)
class StatesServer:
    """A running endpoint: its engine, and where clients find it."""

    engine: Engine
    url: str


@asynccontextmanager
async def serve_states(
    settings: Settings, host: str, port: int, lambda_endpoint: str
) -> AsyncIterator[StatesServer]:
    """Serve the Step Functions API as long as the context lasts.

    Raises:
        PortTaken: another process listens there.
        SettingError: the host is none of this machine's.

    """
    async with (
        LambdaInvocation(lambda_endpoint, settings.max_calls) as tasks,
        Engine(tasks, settings) as engine,
        states_listener(engine, host, port) as listener,
    ):
        yield StatesServer(engine, listener.url)
