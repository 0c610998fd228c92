"""A built SAM application on this computer: both endpoints, its functions and its state machines."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from delay.text.url import build_url
from stepfunctions_local.build_watch import Builder, BuildWatch, Project
from stepfunctions_local.deployment import deploy
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.lambdas.environment import ENDPOINT_PREFIX, CallerSettings, WorkerEnvironment
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.lambdas.session import set_result_once
from stepfunctions_local.server import serve_states
from stepfunctions_local.template.build import Build
from stepfunctions_local.template.faults import summarize
from stepfunctions_local.template.stack import TargetStack


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that the endpoints listen on, and the gate of both. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    states_port: int = 8083
    lambda_port: int = 3001
    gate: Gate = DEFAULT_GATE

    @property
    def states_url(self) -> str:
        """The URL of the Step Functions endpoint, unless its port is 0."""
        return build_url(self.host, self.states_port)

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
    caller: CallerSettings | None = None,
    say: Callable[[str], object] | None = None,
    builder: Builder | None = None,
    log: TextIO = sys.stderr,
    mocks: MockConfig | None = None,
) -> AsyncIterator[LocalApplication]:
    """Serve the build in a project's folder until the context ends.

    Records are kept in `data_dir`; without one they stay in memory.
    `parameters` override the defaults of the template's parameters.
    `endpoints` are URLs of services other than Lambda, by their names in a Resource.
    `caller` is what the functions get besides; by default, the endpoints that the environment names to SDKs.
    With `say`, later builds are taken over, and it is called with each change that a person should know of.
    `builder` makes such builds of changed sources.
    The functions' output goes to `log`.
    `mocks` has the test cases that StartExecution can name.

    Raises:
        TemplateError: there is no build.
        PortTaken: another process listens on one of the ports.
        JournalDamaged: the records cannot be trusted.

    """
    stack = TargetStack(settings.account, parameters=parameters or {})
    watch = BuildWatch(Project(project, stack), say, builder)
    host, services = addresses.host, endpoints or {}
    async with (
        _share_endpoints() as local,
        LambdaEndpoint(
            watch.functions,
            settings.account,
            host=host,
            port=addresses.lambda_port,
            port_option="--lambda-port",
            gate=addresses.gate,
            log=log,
            max_workers=settings.function_concurrency,
            environment=(environment := WorkerEnvironment(add_endpoints(caller, services), local)),
            settle=watch.settle,
        ) as functions,
        serve_states(
            settings,
            host,
            addresses.states_port,
            {**services, "lambda": functions.url},
            data_dir,
            gate=addresses.gate,
            mocks=mocks,
        ) as states,
        watch.running(),
    ):
        local.set_result(name_endpoints(states.url, functions.url))
        arns: dict[str, str] = {}

        async def take_over(build: Build) -> tuple[str, ...]:
            deployment = await deploy(states.engine, build)
            arns.update(deployment.state_machine_arns)
            return list_warnings(build, environment) + deployment.warnings

        warnings = await watch.start(take_over)
        yield LocalApplication(
            states.url, functions.url, arns, tuple(watch.functions), warnings, states.skips
        )


@asynccontextmanager
async def _share_endpoints() -> AsyncIterator[asyncio.Future[Mapping[str, str]]]:
    """Share the variables that name the local endpoints. Workers that still wait at the end get none."""
    local: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
    try:
        yield local
    finally:
        set_result_once(local, {})


def name_endpoints(states_url: str, lambda_url: str) -> dict[str, str]:
    """Return the variables by which SDKs find the local endpoints."""
    return {f"{ENDPOINT_PREFIX}_SFN": states_url, f"{ENDPOINT_PREFIX}_LAMBDA": lambda_url}


def add_endpoints(caller: CallerSettings | None, services: Mapping[str, str]) -> CallerSettings:
    """Return the caller's settings with the services that Task states call, unless it names others."""
    caller = caller or CallerSettings.from_environment()
    named = {
        service.variable: services[service.key]
        for service in SERVICES.values()
        if service.key in services and service.key not in {"lambda", "states"}
    }
    return replace(caller, endpoints={**named, **caller.endpoints})


def list_warnings(build: Build, environment: WorkerEnvironment) -> tuple[str, ...]:
    """Return a build's own warnings, and those of functions that lack something here."""
    usable = tuple(function for name in build.functions if (function := _find_usable(build, name)))
    return (
        *build.warnings,
        *_warn_of_unusable(build.functions),
        *_warn_of_missing(build, environment),
        *(
            f"--env-vars has {name}, which is no function that runs here."
            for name in environment.find_unknown(usable)
        ),
    )


def _find_usable(build: Build, name: str) -> Function | None:
    """Return a function; None if it cannot run here."""
    try:
        return build.functions[name]
    except TemplateError:
        return None


def _warn_of_unusable(functions: Mapping[str, Function]) -> Iterator[str]:
    for name in functions:
        try:
            functions[name]
        except TemplateError as error:
            yield f"{name} cannot be called here: {summarize(error)}"


def _warn_of_missing(build: Build, environment: WorkerEnvironment) -> Iterator[str]:
    """Yield a warning for each variable that names a resource on AWS, of which there is none here."""
    for found in build.references:
        function = _find_usable(build, found.function)
        is_set = function is not None and found.variable in function.variables
        if function and is_set and not environment.names_endpoint(function, found.service):
            yield (
                f"{found.variable} of {found.function} names {found.resource}, which exists only on AWS: "
                f"set {ENDPOINT_PREFIX}_{found.service} to a local endpoint that has it."
            )
