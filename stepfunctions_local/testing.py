"""Step Functions for the tests of a project: on free ports, with a boto3 client, and with time to skip."""

import asyncio
import io
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO, TypeVar

import boto3
from botocore.config import Config

from stepfunctions_local.application import Addresses, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.skip import Skipped, Skips
from stepfunctions_local.server import serve_states

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

T = TypeVar("T")

_HOST = "127.0.0.1"
_LAMBDA_ENDPOINT = "http://127.0.0.1:3001"


@dataclass(frozen=True, slots=True)
class _Running:
    loop: asyncio.AbstractEventLoop
    url: str
    skips: Skips
    lambda_endpoint: str
    state_machine_arns: dict[str, str]
    warnings: tuple[str, ...] = ()


class LocalStepFunctions:
    """A Step Functions endpoint of a test's own, for as long as the context lasts.

    With `project`, a folder in which `sam build` has run, its functions and state machines are there as well:
    `state_machine_arns` has the ARNs by logical id. Without it there are none at first, and Task states call
    functions at `lambda_endpoint`. Other services are where `endpoints` says, by the names that they have in
    a Resource: `{"sqs": "http://127.0.0.1:9324"}`. What happens stays in memory unless `data_dir` is a folder
    to keep it in. What is doubtful about a build is told as a warning of Python's.

        with LocalStepFunctions("my-project") as local:
            local.client.start_execution(stateMachineArn=local.state_machine_arns["Reminders"], input="{}")
            local.skip(timedelta(days=7))

    Entering raises a StepFunctionsLocalError where the project cannot be served.
    """

    def __init__(
        self,
        project: Path | str | None = None,
        *,
        lambda_endpoint: str | None = None,
        endpoints: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        if project is not None and lambda_endpoint is not None:
            raise ValueError("A project's functions are served along with it: leave lambda_endpoint out.")
        self._settings = settings or Settings()
        self._log = io.StringIO()
        folder = None if project is None else Path(project)
        services = {"lambda": lambda_endpoint or _LAMBDA_ENDPOINT, **(endpoints or {})}
        self._serve = partial(_serve, folder, services, self._settings, data_dir, self._log)
        self._stack = ExitStack()
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        """Start the endpoints."""
        with ExitStack() as stack:
            running = stack.enter_context(in_background(self._serve()))
            for warning in running.warnings:
                warnings.warn(warning, stacklevel=2)
            self.client: SFNClient = _client(running.url, self._settings.account.region)
            stack.callback(self.client.close)
            self._running = running
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop them."""
        self._running = None
        self._stack.close()

    @property
    def url(self) -> str:
        """Where Step Functions is: the endpoint URL for other clients than `client`."""
        return self._entered.url

    @property
    def lambda_url(self) -> str:
        """Where Task states find their functions."""
        return self._entered.lambda_endpoint

    @property
    def state_machine_arns(self) -> dict[str, str]:
        """The ARNs of the project's state machines, by the logical ids of its template."""
        return self._entered.state_machine_arns

    @property
    def log(self) -> str:
        """What the project's functions have printed so far, with Lambda's own lines around it."""
        return self._log.getvalue()

    @property
    def now(self) -> datetime:
        """What time (UTC) it is at the endpoint: histories and due times go by this clock."""
        return self._entered.skips.clock.now()

    def skip(self, duration: timedelta) -> Skipped:
        """Skip so much time; what falls due on the way has happened when this returns.

        Raises:
            SkipRefused: it is nothing, less than nothing, or more than a year.

        """
        return self._do(lambda skips: skips.by(duration))

    def skip_to(self, moment: datetime) -> Skipped:
        """Skip to a moment, which has a time zone.

        Raises:
            SkipRefused: it is not ahead by `now`, or more than a year ahead.

        """
        return self._do(lambda skips: skips.to(moment))

    def skip_to_next(self) -> Skipped:
        """Skip to the next due time.

        Raises:
            SkipRefused: no execution waits.

        """
        return self._do(lambda skips: skips.to_next())

    @property
    def _entered(self) -> _Running:
        if self._running is None:
            raise RuntimeError("The endpoints run inside of the context: with LocalStepFunctions() as local.")
        return self._running

    def _do(self, step: Callable[[Skips], Awaitable[T]]) -> T:
        running = self._entered

        async def do() -> T:
            return await step(running.skips)

        return asyncio.run_coroutine_threadsafe(do(), running.loop).result()


@asynccontextmanager
async def _serve(
    project: Path | None,
    services: Mapping[str, str],
    settings: Settings,
    data_dir: Path | None,
    log: TextIO,
) -> AsyncIterator[_Running]:
    loop = asyncio.get_running_loop()
    if project is None:
        async with serve_states(settings, _HOST, 0, services, data_dir) as states:
            yield _Running(loop, states.url, states.skips, services["lambda"], {})
        return
    addresses = Addresses(_HOST, states_port=0, lambda_port=0)
    async with serve_application(
        project, settings, addresses, data_dir=data_dir, endpoints=services, log=log
    ) as local:
        yield _Running(
            loop, local.states_url, local.skips, local.lambda_url, local.state_machine_arns, local.warnings
        )


def _client(url: str, region: str) -> "SFNClient":
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local endpoint does not check signatures
        config=Config(
            inject_host_prefix=False,  # there is no sync-127.0.0.1
            proxies={},  # one in the environment is for other machines
            retries={"total_max_attempts": 1},  # a test wants to see the first failure
        ),
    )
