"""A built SAM application on this machine: both endpoints, its functions and its state machines."""

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from stepfunctions_local.endpoints.lambda_endpoint import LambdaEndpoint
from stepfunctions_local.endpoints.names import checked_name
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.engine.state_machine import DEFAULT_CONFIGURATION
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.environment import Account
from stepfunctions_local.lambdas.function import Function
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
    """A running application: where its endpoints are, and what they serve, by logical id.

    `warnings` are for a person to read.
    """

    states_url: str
    lambda_url: str
    state_machine_arns: dict[str, str]
    function_names: tuple[str, ...]
    warnings: tuple[str, ...]


@asynccontextmanager
async def serve_application(
    project: Path, settings: Settings, addresses: Addresses, log: TextIO = sys.stderr
) -> AsyncIterator[LocalApplication]:
    """Serve what `sam build` built in a project's folder as long as the context lasts.

    What the functions print goes to `log`.

    Raises:
        TemplateError: there is no build, or it has a state machine that cannot be created here.
        PortTaken: another process listens on one of the ports.

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
        serve_states(settings, host, addresses.states_port, functions.url) as states,
    ):
        created = {name: _create(states.engine, machine) for name, machine in build.state_machines.items()}
        yield LocalApplication(
            states.url,
            functions.url,
            {name: machine.arn for name, machine in created.items()},
            tuple(build.functions),
            build_warnings(build)
            + tuple(warning for machine in created.values() for warning in machine.warnings),
        )


def build_warnings(build: Build) -> tuple[str, ...]:
    """Tell what a person should know about a build: what it says itself, and which functions cannot run."""
    return build.warnings + tuple(_unusable(build.functions))


def _unusable(functions: Mapping[str, Function]) -> Iterator[str]:
    for name in functions:
        try:
            functions[name]
        except TemplateError as error:
            yield f"{name} cannot be called here: {error}"


@dataclass(frozen=True, slots=True)
class _Created:
    arn: str
    warnings: tuple[str, ...]


def _create(engine: Engine, machine: StateMachine) -> _Created:
    if machine.type != "STANDARD":
        raise TemplateError(f"{machine.logical_id} is {machine.type}: only STANDARD state machines run here.")
    try:
        created, warnings = engine.catalog.create(
            checked_name(machine.name),
            machine.definition,
            machine.role_arn,
            DEFAULT_CONFIGURATION,
            engine.clock.now(),
        )
    except ServiceError as error:
        raise TemplateError(f"{machine.logical_id} cannot be created here: {error}") from error
    return _Created(
        engine.catalog.arn(created), tuple(f"{machine.logical_id}: {warning}" for warning in warnings)
    )
