"""A built SAM application on this computer: its endpoints, functions, state machines, tables and queues."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TextIO

from delay.text.url import build_url
from stepfunctions_local.build_watch import Builder, BuildWatch, Project
from stepfunctions_local.deployment import deploy
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.records.data_directory import require_free
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.event_sources.event_sources import EventSources
from stepfunctions_local.event_sources.ports import Agenda, Answer
from stepfunctions_local.event_sources.queue_poller import QueuePoller
from stepfunctions_local.event_sources.schedule_timer import ScheduleTimer
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.lambdas.environment import (
    DUMMY_CREDENTIALS,
    ENDPOINT_PREFIX,
    CallerSettings,
    WorkerEnvironment,
)
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.lambdas.session import set_result_once
from stepfunctions_local.local_aws.interpreter import INSTALL, find_interpreter
from stepfunctions_local.local_aws.local_aws import (
    LocalAws,
    choose_services,
    open_local_aws,
    warn_of_elsewhere,
)
from stepfunctions_local.server import serve_states
from stepfunctions_local.template.build import Build
from stepfunctions_local.template.event_sources import QueueSource, ScheduleSource
from stepfunctions_local.template.faults import summarize
from stepfunctions_local.template.local_resources import LocalResources
from stepfunctions_local.template.stack import TargetStack

_TICKS: Final = "task_table.functions."
"""The handlers of the drain and the sweep begin like this."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that the endpoints listen on, and the gate of both. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    states_port: int = 8083
    lambda_port: int = 3001
    aws_port: int = 8085
    gate: Gate = DEFAULT_GATE

    @property
    def states_url(self) -> str:
        """The URL of the Step Functions endpoint, unless its port is 0."""
        return build_url(self.host, self.states_port)

    @property
    def lambda_url(self) -> str:
        """The URL of the Lambda endpoint, unless its port is 0."""
        return build_url(self.host, self.lambda_port)

    @property
    def urls(self) -> tuple[str, ...]:
        """The URLs of Step Functions and of DynamoDB and SQS, unless their ports are 0."""
        return (self.states_url, build_url(self.host, self.aws_port))


@dataclass(frozen=True, slots=True)
class LocalApplication:
    """A running application.

    `state_machine_arns` has the ARNs of state machines and aliases, by logical id.
    `function_names` are the functions' logical ids.
    `warnings` are for a person to read.
    `skips` moves the clock, on the event loop that the application runs on.
    `aws_url` is the URL of DynamoDB and SQS, if the template uses them.
    `table_arns` has the ARNs of its tables, by logical id.
    """

    states_url: str
    lambda_url: str
    state_machine_arns: dict[str, str]
    function_names: tuple[str, ...]
    warnings: tuple[str, ...]
    skips: Skips
    aws_url: str | None = None
    table_arns: Mapping[str, str] = field(default_factory=dict)


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

    Records are kept in `data_dir`; without one they stay in memory. `parameters` override the defaults of the
    template's parameters. `endpoints` are URLs of services other than Lambda, by their names in a Resource.
    `caller` has further settings of the functions; by default, the endpoints that the environment names to
    SDKs. With `say`, later builds are taken over, and it is called with each change that a person should know
    of. `builder` makes such builds of changed sources. The functions' output goes to `log`. `mocks` has the
    test cases that StartExecution can name.

    Raises:
        TemplateError: there is no build.
        PortTaken: another process listens on one of the ports.
        JournalDamaged: the records cannot be trusted.
        SettingError: the folder of the records cannot be used, or another process uses it.

    """
    if data_dir:
        require_free(data_dir)  # of the same command's second start, the taken ports are the lesser half
    stack = TargetStack(settings.account, parameters=parameters or {}, runs_schedules=True)
    caller = caller or CallerSettings.from_environment()
    async with (
        _open_stand_ins(Project(project, stack), addresses, endpoints or {}, caller) as stand_ins,
        _share_endpoints() as local,
    ):
        services, watch = stand_ins.endpoints, BuildWatch(stand_ins.project, say, builder)
        environment = WorkerEnvironment(add_endpoints(caller, services), local)
        async with (
            _open_functions(watch, settings, addresses, environment, log) as functions,
            serve_states(
                settings,
                addresses.host,
                addresses.states_port,
                {**services, "lambda": functions.url},
                data_dir,
                gate=addresses.gate,
                mocks=mocks,
            ) as states,
            stand_ins.running(states.skips, data_dir),
            _run_event_sources(functions, states.skips, stand_ins, watch.functions) as sources,
            watch.running(),
        ):
            local.set_result(name_endpoints(states.url, functions.url) | stand_ins.find_variables(caller))
            deployer = _Deployer(stand_ins, states.engine, sources, environment)
            warnings = await watch.start(deployer.take_over)
            await sources.begin()
            yield LocalApplication(
                states.url,
                functions.url,
                deployer.state_machine_arns,
                tuple(watch.functions),
                warnings,
                states.skips,
                stand_ins.aws.url if stand_ins.aws else None,
                stand_ins.aws.table_arns if stand_ins.aws else {},
            )


def _open_functions(
    watch: BuildWatch,
    settings: Settings,
    addresses: Addresses,
    environment: WorkerEnvironment,
    log: TextIO,
) -> LambdaEndpoint:
    return LambdaEndpoint(
        watch.functions,
        settings.account,
        host=addresses.host,
        port=addresses.lambda_port,
        port_option="--lambda-port",
        gate=addresses.gate,
        log=log,
        max_workers=settings.function_concurrency,
        environment=environment,
        settle=watch.settle,
    )


@dataclass(frozen=True, slots=True)
class _StandIns:
    """DynamoDB and SQS, if the project's build uses them and they are not elsewhere.

    `endpoints` has the URLs of services, theirs among them. `project` is read for these.
    `served` are the services that are served here. `warnings` are of those that are not.
    """

    project: Project
    endpoints: Mapping[str, str]
    aws: LocalAws | None = None
    served: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()

    @asynccontextmanager
    async def running(self, skips: Skips, data_dir: Path | None) -> AsyncIterator[None]:
        if self.aws is None:
            yield
            return
        async with self.aws.running(skips, data_dir):
            yield

    def find_variables(self, caller: CallerSettings) -> dict[str, str]:
        """Return the variables by which functions see the same clock as rows and messages.

        With the caller's own credentials they see the computer's: AWS refuses what is signed at another time.
        """
        return self.aws.variables if self.aws and caller.credentials == DUMMY_CREDENTIALS else {}

    async def take_over(self, resources: LocalResources) -> tuple[str, ...]:
        return tuple(await self.aws.take_over(resources.keep(self.served))) if self.aws else ()


@dataclass(frozen=True, slots=True)
class _Deployer:
    """Takes builds over: the first one, and each later one in its place."""

    stand_ins: _StandIns
    engine: Engine
    sources: EventSources
    environment: WorkerEnvironment
    state_machine_arns: dict[str, str] = field(default_factory=dict)
    """The ARNs of all builds so far."""

    async def take_over(self, build: Build) -> tuple[str, ...]:
        """Deploy a build, and return the warnings about it."""
        created = await self.stand_ins.take_over(build.local_resources)
        deployment = await deploy(self.engine, build)
        self.state_machine_arns.update(deployment.state_machine_arns)
        await self.sources.use(build.local_resources.sources)
        found = list_warnings(build, self.environment)
        return self.stand_ins.warnings + created + found + deployment.warnings


@asynccontextmanager
async def _open_stand_ins(
    project: Project, addresses: Addresses, endpoints: Mapping[str, str], caller: CallerSettings
) -> AsyncIterator[_StandIns]:
    """Listen for DynamoDB and SQS if they are needed here, and ministack is installed."""
    needed = project.read().local_resources.services
    served = choose_services(needed, endpoints, caller.endpoints, addresses.urls)
    warnings = warn_of_elsewhere(needed - served - endpoints.keys(), caller.endpoints)
    interpreter = find_interpreter() if served else None
    if interpreter is None:
        yield _StandIns(project, endpoints, warnings=warnings)
        return
    account, host = project.stack.account, addresses.host
    async with open_local_aws(interpreter, account, host, addresses.aws_port, addresses.gate) as aws:
        own = dict.fromkeys(served, aws.url)
        queues_url = aws.url if "sqs" in served else None
        there = replace(project, stack=replace(project.stack, aws_url=queues_url))
        yield _StandIns(there, {**own, **endpoints}, aws, served, warnings)


@asynccontextmanager
async def _run_event_sources(
    endpoint: LambdaEndpoint, skips: Skips, stand_ins: _StandIns, functions: Mapping[str, Function]
) -> AsyncIterator[EventSources]:
    aws, account = stand_ins.aws, stand_ins.project.stack.account

    async def invoke(function: str, event: bytes) -> Answer:
        outcome = await endpoint.call(function, event)
        return Answer(outcome.payload, outcome.failed)

    def start_queue(source: QueueSource) -> QueuePoller:
        if aws is None:
            raise RuntimeError("A build without a local SQS has no event sources of queues.")
        return QueuePoller(source, aws.find_queue(source.queue_arn), invoke)

    def find_agenda(function: str) -> Agenda | None:
        usable = _find_usable(functions, function)
        if aws is None or usable is None or not usable.handler.startswith(_TICKS):
            return None
        return aws.find_task_table(usable.variables.values())

    def start_schedule(source: ScheduleSource) -> ScheduleTimer:
        agenda = find_agenda(source.function)
        return ScheduleTimer(source, invoke, skips.clock, account, agenda=agenda)

    async with EventSources(start_queue, start_schedule) as sources:
        skips.followers.append(sources)
        yield sources


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
    usable = tuple(function for name in build.functions if (function := _find_usable(build.functions, name)))
    return (
        *build.warnings,
        *_warn_of_unusable(build.functions),
        *_warn_of_missing(build, environment),
        *(
            f"--env-vars has {name}, which is no function that runs here."
            for name in environment.find_unknown(usable)
        ),
    )


def _find_usable(functions: Mapping[str, Function], name: str) -> Function | None:
    """Return a function; None if it cannot run here."""
    try:
        return functions[name]
    except (KeyError, TemplateError):  # another warning says why
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
        function = _find_usable(build.functions, found.function)
        is_set = function is not None and found.variable in function.variables
        if function and is_set and not environment.names_endpoint(function, found.service):
            yield (
                f"{found.variable} of {found.function} names {found.resource}, which exists only on AWS: "
                f"set {ENDPOINT_PREFIX}_{found.service} to a local endpoint that has it"
                f"{_name_remedy(found.service)}."
            )


def _name_remedy(service: str) -> str:
    return f", or start again with ministack installed ({INSTALL})" if service in {"DYNAMODB", "SQS"} else ""
