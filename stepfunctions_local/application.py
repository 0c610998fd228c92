"""A built SAM application on this machine: both endpoints, its functions and its state machines."""

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from stepfunctions_local.deployment import deploy
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states
from stepfunctions_local.template.build import Build, read_build
from stepfunctions_local.template.stack import LocalStack


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the endpoints listen; port 0 takes a free one."""

    host: str = "127.0.0.1"
    states_port: int = 8083
    lambda_port: int = 3001


@dataclass(frozen=True, slots=True)
class LocalApplication:
    """A running application: where its endpoints are, and what they serve, by logical id.

    `skips` moves its clock, on the event loop that it runs on. `warnings` are for a person to read.
    """

    states_url: str
    lambda_url: str
    state_machine_arns: dict[str, str]
    function_names: tuple[str, ...]
    warnings: tuple[str, ...]
    skips: Skips


@asynccontextmanager
async def serve_application(
    project: Path,
    settings: Settings,
    addresses: Addresses,
    *,
    data_dir: Path | None = None,
    parameters: Mapping[str, str] | None = None,
    endpoints: Mapping[str, str] | None = None,
    log: TextIO = sys.stderr,
) -> AsyncIterator[LocalApplication]:
    """Serve what `sam build` built in a project's folder as long as the context lasts.

    Records are kept in `data_dir`, or in memory without one. `parameters` are those of the template that do
    not have their defaults. `endpoints` says where other services than Lambda are, by the names that they
    have in a Resource. What the functions print goes to `log`.

    Raises:
        TemplateError: there is no build.
        PortTaken: another process listens on one of the ports.
        JournalDamaged: the records cannot be trusted.

    """
    build = read_build(project, LocalStack(settings.account, parameters=parameters or {}))
    host, services = addresses.host, endpoints or {}
    async with (
        LambdaEndpoint(
            build.functions,
            settings.account,
            host=host,
            port=addresses.lambda_port,
            port_option="--lambda-port",
            log=log,
        ) as functions,
        serve_states(
            settings, host, addresses.states_port, {**services, "lambda": functions.url}, data_dir
        ) as states,
    ):
        deployment = await deploy(states.engine, build)
        yield LocalApplication(
            states.url,
            functions.url,
            deployment.state_machine_arns,
            tuple(build.functions),
            build_warnings(build) + deployment.warnings,
            states.skips,
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
