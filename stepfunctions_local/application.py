"""A built SAM application on this computer: both endpoints, its functions and its state machines."""

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from delay.text.url import build_url
from stepfunctions_local.deployment import deploy
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states
from stepfunctions_local.template.build import Build, read_build
from stepfunctions_local.template.stack import TargetStack


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that the endpoints listen on, and the gate of both. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    states_port: int = 8083
    lambda_port: int = 3001
    gate: Gate = DEFAULT_GATE

    @property
    def lambda_url(self) -> str:
        """The URL of the Lambda endpoint, unless its port is 0."""
        return build_url(self.host, self.lambda_port)


@dataclass(frozen=True, slots=True)
class LocalApplication:
    """A running application.

    `state_machine_arns` has the ARNs of state machines and aliases, by logical id.
    `function_names` are the functions' logical ids.
    `warnings` are for a person to read.
    `skips` moves the clock, on the event loop that the application runs on.
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
    """Serve the build in a project's folder until the context ends.

    Records are kept in `data_dir`; without one they stay in memory.
    `parameters` override the defaults of the template's parameters.
    `endpoints` are URLs of services other than Lambda, by their names in a Resource.
    The functions' output goes to `log`.

    Raises:
        TemplateError: there is no build.
        PortTaken: another process listens on one of the ports.
        JournalDamaged: the records cannot be trusted.

    """
    build = read_build(project, TargetStack(settings.account, parameters=parameters or {}))
    host, services = addresses.host, endpoints or {}
    async with (
        LambdaEndpoint(
            build.functions,
            settings.account,
            host=host,
            port=addresses.lambda_port,
            port_option="--lambda-port",
            gate=addresses.gate,
            log=log,
            max_workers=settings.function_concurrency,
        ) as functions,
        serve_states(
            settings,
            host,
            addresses.states_port,
            {**services, "lambda": functions.url},
            data_dir,
            gate=addresses.gate,
        ) as states,
    ):
        deployment = await deploy(states.engine, build)
        yield LocalApplication(
            states.url,
            functions.url,
            deployment.state_machine_arns,
            tuple(build.functions),
            list_warnings(build) + deployment.warnings,
            states.skips,
        )


def list_warnings(build: Build) -> tuple[str, ...]:
    """Return a build's own warnings, and one for each function that cannot run here."""
    return build.warnings + tuple(_warn_of_unusable(build.functions))


def _warn_of_unusable(functions: Mapping[str, Function]) -> Iterator[str]:
    for name in functions:
        try:
            functions[name]
        except TemplateError as error:
            yield f"{name} cannot be called here: {error}"
