"""Step Functions for a project's tests: on a free port, with a boto3 client, and with a clock to skip."""

import asyncio
import io
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO, TypeVar, Unpack, cast

from delay import Delay
from delay.aws.connection import Timeouts, connect_local, connect_local_service
from delay.errors import NoSuchStateMachine, NoSuchTable
from delay.executions.call_rates import UNLIMITED
from delay.executions.execution import Execution, contains_call
from delay.task import Task
from stepfunctions_local.application import Addresses, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.skip import Skipped, Skips
from stepfunctions_local.errors import SkipRefused
from stepfunctions_local.gate import Gate
from stepfunctions_local.local_aws.local_aws import ElsewhereWarning
from stepfunctions_local.server import serve_states
from stepfunctions_local.state_testing import (
    Circumstances,
    Definition,
    Mock,
    StateResult,
    Status,
    build_request,
    read_definition,
    read_reply,
    test_state,
)
from stepfunctions_local.template.events import EventWarning

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["LocalStepFunctions", "Mock", "StateResult", "Status", "test_state"]

T = TypeVar("T")

_FREE_PORTS = Addresses(states_port=0, lambda_port=0, aws_port=0)
_TIMEOUTS = Timeouts(read_seconds=70, attempts=1)
"""A test should see the first failure. GetActivityTask may take a minute."""
_SHORTEST_SKIP = timedelta(milliseconds=1)
_USUAL_NAME = "DelayStateMachine"
"""The name of the state machine of template.yaml."""
_USUAL_TABLE = "TaskTable"
_USUAL_LETTERS = "TableDeadLetterQueue"
"""The names of its table and of the dead-letter queue of that."""


@dataclass(frozen=True, slots=True)
class _Running:
    loop: asyncio.AbstractEventLoop
    url: str
    skips: Skips
    lambda_endpoint: str
    state_machine_arns: dict[str, str]
    warnings: tuple[str, ...] = ()
    aws_url: str | None = None
    table_arns: Mapping[str, str] = field(default_factory=dict)


class LocalStepFunctions:
    """A Step Functions endpoint of a test's own, which runs until the context ends.

        with LocalStepFunctions("my-project") as local:
            local.client.start_execution(stateMachineArn=local.state_machine_arns["Reminders"], input="{}")
            local.skip(timedelta(days=7))

    `project` is a folder in which `sam build` has run: its functions and state machines are served too.
    Without a project there are no state machines at first, and Task states call functions at
    `lambda_endpoint`.
    `endpoints` are URLs of other services, by their names in a Resource: `{"sqs": "http://127.0.0.1:9324"}`.
    `parameters` override the defaults of the template's parameters: `{"TaskStore": "both"}`.
    `data_dir` is a folder for the records; without one they stay in memory.
    `mock_config` has test cases, in which Tasks return mocked responses: a file, or an object of its form.
    `allowed_hosts` are further names that requests may be for, without a port: `{"endpoints"}`.
    `allowed_origins` are web pages that may send requests (CORS): `{"http://localhost:3000"}`.

    Entering the context issues Python warnings about a questionable build, but none about its events.
    It raises a StepFunctionsLocalError if the project cannot be served. A mock configuration that cannot be
    used raises a SettingError at once.
    """

    def __init__(
        self,
        project: Path | str | None = None,
        *,
        lambda_endpoint: str | None = None,
        endpoints: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        settings: Settings | None = None,
        mock_config: Path | str | Mapping[str, Any] | None = None,
        allowed_hosts: Collection[str] = (),
        allowed_origins: Collection[str] = (),
    ) -> None:
        if project is not None and lambda_endpoint is not None:
            raise ValueError("A project brings its own functions: leave lambda_endpoint out.")
        self._settings = settings or Settings()
        self._log = io.StringIO()
        folder = None if project is None else Path(project)
        services = {"lambda": lambda_endpoint or Addresses().lambda_url, **(endpoints or {})}
        gate = Gate.of(allowed_hosts, allowed_origins)
        mocks = _read_mock_config(mock_config)
        self._serve = partial(
            _serve,
            folder,
            services,
            self._settings,
            data_dir,
            self._log,
            parameters=parameters or {},
            gate=gate,
            mocks=mocks,
        )
        self._stack = ExitStack()
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        """Start the endpoints."""
        with ExitStack() as stack:
            running = stack.enter_context(in_background(self._serve()))
            for warning in running.warnings:
                if not isinstance(warning, EventWarning | ElsewhereWarning):
                    warnings.warn(warning, stacklevel=2)
            self.client = cast("SFNClient", connect_local(running.url, self._region, timeouts=_TIMEOUTS))
            stack.callback(self.client.close)
            vars(self.client)["clock"] = EndpointClock(self)  # for each `Delay` that gets the client
            self._running = running
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the endpoints."""
        self._running = None
        self._stack.close()

    @property
    def url(self) -> str:
        """The URL of Step Functions, for clients other than `client`."""
        return self._entered.url

    @property
    def lambda_url(self) -> str:
        """The URL at which Task states call functions."""
        return self._entered.lambda_endpoint

    @property
    def aws_url(self) -> str | None:
        """The URL of DynamoDB and SQS; None if the project's functions use no tables and no queues."""
        return self._entered.aws_url

    @property
    def state_machine_arns(self) -> dict[str, str]:
        """The ARNs of the project's state machines, by the logical ids of its template."""
        return self._entered.state_machine_arns

    @property
    def log(self) -> str:
        """The output of the project's functions so far, with Lambda's own log lines around it."""
        return self._log.getvalue()

    @property
    def now(self) -> datetime:
        """The time (UTC) by the endpoint's clock, which sets due times and the times in histories."""
        return self._entered.skips.clock.now()

    def skip(self, duration: timedelta) -> Skipped:
        """Skip a duration. Everything that falls due on the way has happened when this returns.

        Raises:
            SkipRefused: the duration is zero, negative, or more than a year.

        """
        return self._run(lambda skips: skips.by(duration))

    def skip_to(self, moment: datetime) -> Skipped:
        """Skip to a moment, which must have a time zone.

        Raises:
            SkipRefused: the moment is not after `now`, or more than a year after it.

        """
        return self._run(lambda skips: skips.to(moment))

    def skip_to_next(self) -> Skipped:
        """Skip to the next due time.

        Raises:
            SkipRefused: no execution is waiting.

        """
        return self._run(lambda skips: skips.to_next())

    def test_state(
        self, machine: Definition, state: str | None = None, **circumstances: Unpack[Circumstances]
    ) -> StateResult:
        """Run one state as AWS's TestState does, and return how it ended.

            result = local.test_state("Orders", "Check", input={"total": 12})

        `machine` is the logical id or the ARN of a state machine that runs here, or a definition, as for the
        function `test_state`. A Task without a mock calls its service.

        Raises:
            ClientError: the definition or the circumstances are refused, or there is no such state machine.

        """
        request = build_request(self._find_definition(machine), state, circumstances)
        return read_reply(self.client.test_state(**request))

    def _find_definition(self, machine: Definition) -> str:
        if not isinstance(machine, str) or machine.lstrip().startswith("{"):
            return read_definition(machine)
        arn = self.state_machine_arns.get(machine, machine)
        return self.client.describe_state_machine(stateMachineArn=arn)["definition"]

    @property
    def delay(self) -> Delay:
        """A client for the tasks of the state machine DelayStateMachine, or of the only one.

        For another one: `Delay(local.state_machine_arns["Reminders"], local.client)`. Both go by the
        endpoint's clock, and `delay.wait` skips time instead of sleeping.

        Raises:
            NoSuchStateMachine: there is none, or several of other names.

        """
        pages = self.client.get_paginator("list_state_machines").paginate()
        arns = {found["name"]: found["stateMachineArn"] for page in pages for found in page["stateMachines"]}
        arn = arns.get(_USUAL_NAME) or _require_only(arns)
        return Delay(arn, self.client, rates=UNLIMITED)

    @property
    def table_arns(self) -> Mapping[str, str]:
        """The ARNs of the project's tables, by the logical ids of its template."""
        return self._entered.table_arns

    @property
    def table_delay(self) -> Delay:
        """A client for the tasks of the table TaskTable, or of the only one. It goes by the endpoint's clock.

        Raises:
            NoSuchTable: there is none, or several of other names.

        """
        arns, url = self.table_arns, self.aws_url
        if url is None or not arns:
            raise NoSuchTable(
                'There is no table: pass parameters={"TaskStore": "both"}, and install ministack, as '
                "docs/reference/local-task-table.md describes."
            )
        arn = arns.get(_USUAL_TABLE) or _require_only_table(arns)
        dynamodb, sqs = (connect_local_service(name, url, self._region) for name in ("dynamodb", "sqs"))
        letters = f"{url}/{self._settings.account.id}/{_USUAL_LETTERS}"
        return Delay(
            arn, dynamodb=dynamodb, sqs=sqs, clock=EndpointClock(self), dead_letter_queue_url=letters
        )

    def wait_for(self, task: str | Task) -> Task:
        """Skip to each due time until a task or any other execution has ended, and return it.

        `task` is a task, a key of `delay`, or the ARN of an execution. Whatever else falls due on the way
        happens as well.

        Raises:
            NoSuchTask: no task has the key.
            SkipRefused: it waits for something else than time, such as a task token.

        """
        find = self._make_finder(task)
        while (found := find()).status.is_open:
            # A call in flight ends first: otherwise the skip would go on to a later due time of another.
            self.skip(_SHORTEST_SKIP)
            if (found := find()).status.is_open:
                self._skip_for(found)
        return found

    def _make_finder(self, task: str | Task) -> Callable[[], Task]:
        if isinstance(task, Task) and ":dynamodb:" in task.arn:
            return partial(self.table_delay.get, task.key)
        if isinstance(task, Task):
            machine_arn = task.arn.rpartition(":")[0].replace(":execution:", ":stateMachine:")
            return partial(Delay(machine_arn, self.client, rates=UNLIMITED).get, task.key)
        if task.startswith("arn:"):
            return partial(self._find_execution, task)
        return partial(self.delay.get, task)

    def _find_execution(self, arn: str) -> Task:
        execution = Execution.of_description(self.client.describe_execution(executionArn=arn))
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = (event for page in pages for event in page["events"])
        return execution.to_task(self.now, was_called=execution.was_stopped and contains_call(events))

    def _skip_for(self, task: Task) -> None:
        try:
            self.skip_to_next()
        except SkipRefused as error:
            raise SkipRefused(
                f"{task.key} is {task.status}, and waits for something else than time, such as a task token."
            ) from error

    @property
    def _region(self) -> str:
        return self._settings.account.region

    @property
    def _entered(self) -> _Running:
        if self._running is None:
            raise RuntimeError(
                "The endpoints are not running: enter `with LocalStepFunctions() as local` first."
            )
        return self._running

    def _run(self, skip: Callable[[Skips], Awaitable[T]]) -> T:
        running = self._entered

        async def run() -> T:
            return await skip(running.skips)

        return asyncio.run_coroutine_threadsafe(run(), running.loop).result()


def _require_only(arns: Mapping[str, str]) -> str:
    if len(arns) == 1:
        return next(iter(arns.values()))
    found = f"There are {', '.join(arns)}" if arns else "There is no state machine"
    raise NoSuchStateMachine(
        f"{found}: name the state machine that has the tasks, with `Delay(arn, local.client)`."
    )


def _require_only_table(arns: Mapping[str, str]) -> str:
    if len(arns) == 1:
        return next(iter(arns.values()))
    raise NoSuchTable(
        f"There are {', '.join(arns)}: name the table that has the tasks, with `Delay(arn, dynamodb=, sqs=)`."
    )


@asynccontextmanager
async def _serve(
    project: Path | None,
    services: Mapping[str, str],
    settings: Settings,
    data_dir: Path | None,
    log: TextIO,
    *,
    parameters: Mapping[str, str],
    gate: Gate,
    mocks: MockConfig | None,
) -> AsyncIterator[_Running]:
    loop = asyncio.get_running_loop()
    if project is None:
        host, port = _FREE_PORTS.host, _FREE_PORTS.states_port
        async with serve_states(settings, host, port, services, data_dir, gate=gate, mocks=mocks) as states:
            yield _Running(loop, states.url, states.skips, services["lambda"], {})
        return
    async with serve_application(
        project,
        settings,
        replace(_FREE_PORTS, gate=gate),
        data_dir=data_dir,
        parameters=parameters,
        endpoints=services,
        log=log,
        mocks=mocks,
    ) as local:
        yield _Running(
            loop,
            local.states_url,
            local.skips,
            local.lambda_url,
            local.state_machine_arns,
            local.warnings,
            local.aws_url,
            local.table_arns,
        )


class EndpointClock:
    """The endpoint's clock. A sleep skips time."""

    def __init__(self, local: LocalStepFunctions) -> None:
        self._local = local

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._local.now

    def monotonic(self) -> float:
        """Return a time that only grows, in seconds since an arbitrary start."""
        return self._local.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Skip that many seconds."""
        if seconds > 0:
            self._local.skip(max(timedelta(seconds=seconds), _SHORTEST_SKIP))


def _read_mock_config(given: Path | str | Mapping[str, Any] | None) -> MockConfig | None:
    if given is None:
        return None
    return MockConfig.of(given) if isinstance(given, Mapping) else MockConfig.read(Path(given))
