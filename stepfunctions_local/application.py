"""A built SAM application on this machine: both endpoints, its functions and its state machines."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from stepfunctions_local.endpoints.lambda_endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.state_machine import DEFAULT_CONFIGURATION
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.environment import Account
from stepfunctions_local.server import serve_states
from stepfunctions_local.template.build import Build, read_build
from stepfunctions_local.template.stack import Stack
from stepfunctions_local.template.state_machines import StateMachine


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the endpoints listen; port 0 takes a free one."""

    host: str = "127.0.0.1"
    states_port: int = 8083
    lambda_port: int = 3001


@dataclass(frozen=True, slots=True)
class LocalApplication:
    """A running application: where its endpoints are, and what they serve, by logical id."""

    states_url: str
    lambda_url: str
    state_machine_arns: dict[str, str]
    function_names: tuple[str, ...]
    warnings: tuple[str, ...]


@asynccontextmanager
async def serve_application(
    project: Path,
    settings: Settings,
    addresses: Addresses,
    data_dir: Path | None = None,
    log: TextIO = sys.stderr,
) -> AsyncIterator[LocalApplication]:
    """Serve what `sam build` built in a project's folder as long as the context lasts.

    Records are kept in `data_dir`, or in memory without one. What the functions print goes to `log`.

    Raises:
        TemplateError: there is no build, or it has a state machine that cannot run here.
        PortTaken: another process listens on one of the ports.
        JournalDamaged: the records cannot be trusted.

    """
    arns = settings.arns
    build = read_build(project, Stack(arns.account, arns.region))
    host = addresses.host
    async with (
        LambdaEndpoint(
            build.functions,
            Account(arns.account, arns.region),
            host=host,
            port=addresses.lambda_port,
            port_option="--lambda-port",
            log=log,
        ) as functions,
        serve_states(settings, host, addresses.states_port, functions.url, data_dir) as states,
    ):
        yield LocalApplication(
            states.url,
            functions.url,
            await _create_state_machines(states.engine, build),
            tuple(build.functions),
            build.warnings,
        )


async def _create_state_machines(engine: Engine, build: Build) -> dict[str, str]:
    return {name: await _create(engine, machine) for name, machine in build.state_machines.items()}


async def _create(engine: Engine, machine: StateMachine) -> str:
    if machine.type != "STANDARD":
        raise TemplateError(f"{machine.logical_id} is {machine.type}: only STANDARD state machines run here.")
    now = engine.clock.now()
    catalog = engine.catalog
    if existing := catalog.named(machine.name):
        await catalog.update(existing, machine.definition, machine.role_arn, {}, now)
        return catalog.arn(existing)
    created, _ = await catalog.create(
        machine.name, machine.definition, machine.role_arn, DEFAULT_CONFIGURATION, now
    )
    return catalog.arn(created)
