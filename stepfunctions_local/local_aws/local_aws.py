"""DynamoDB and SQS for one application: their endpoint, their process, and what a build has in them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from stepfunctions_local.account import Account
from stepfunctions_local.endpoints.clock import ClockEndpoint
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import SettingError
from stepfunctions_local.gate import Gate
from stepfunctions_local.local_aws.endpoint import LocalAwsEndpoint
from stepfunctions_local.local_aws.process import AwsRequest, AwsResponse, LocalAwsStopped, MinistackProcess
from stepfunctions_local.local_aws.queue import LocalQueue
from stepfunctions_local.local_aws.resources import create_queues, create_tables
from stepfunctions_local.local_aws.task_table import LocalTaskTable
from stepfunctions_local.template.local_resources import LocalResources

CLOCK_VARIABLE: Final = "STEPFUNCTIONS_LOCAL_CLOCK"
FOLDER: Final = "local-aws"
"""The folder within that of the records."""

_VARIABLES: Final = {"dynamodb": "AWS_ENDPOINT_URL_DYNAMODB", "sqs": "AWS_ENDPOINT_URL_SQS"}
_FOR_ALL: Final = "AWS_ENDPOINT_URL"
_NAMES: Final = {"dynamodb": "DynamoDB", "sqs": "SQS"}

_LOG: Final = logging.getLogger(__name__)


def choose_services(
    needed: frozenset[str],
    named: Mapping[str, str],
    variables: Mapping[str, str],
    own_urls: Collection[str],
) -> frozenset[str]:
    """Return the services that are served here: those needed, and not named elsewhere.

    `named` are URLs by service, and `variables` those that name endpoints to SDKs. A variable that has one of
    `own_urls` is for clients of these endpoints.
    """
    elsewhere = {name for name, url in variables.items() if url and _normalize(url) not in own_urls}
    if _FOR_ALL in elsewhere:
        return frozenset()
    return frozenset(name for name in needed if name not in named and _VARIABLES[name] not in elsewhere)


class ElsewhereWarning(str):
    """A warning that a service is elsewhere. A test suite has it there on purpose, and need not see it."""

    __slots__ = ()


def warn_of_elsewhere(
    services: Collection[str], variables: Mapping[str, str]
) -> tuple[ElsewhereWarning, ...]:
    """Return a warning for each service that functions need, and that one of the variables has elsewhere."""
    return tuple(_warn_of_elsewhere(service, variables) for service in sorted(services))


def _warn_of_elsewhere(service: str, variables: Mapping[str, str]) -> ElsewhereWarning:
    own = _VARIABLES[service]
    name = own if variables.get(own) else _FOR_ALL
    return ElsewhereWarning(
        f"{_NAMES[service]} is not served here: {name} names {variables.get(name)} for it. Without {name} it "
        "would be."
    )


def _normalize(url: str) -> str:
    return url.rstrip("/").replace("//localhost:", "//127.0.0.1:")


class LocalAws:
    """DynamoDB and SQS. Requests wait until `open` has created what a build has in them.

    If the process ends by itself, the next request starts another one, with what was saved last.
    """

    def __init__(self, endpoint: LocalAwsEndpoint, interpreter: Path, account: Account) -> None:
        self._endpoint = endpoint
        self._interpreter = interpreter
        self._account = account
        self._folder: Path | None = None
        self._skips: Skips | None = None
        self._process: MinistackProcess | None = None
        self._clock_file: Path | None = None
        self._resources = LocalResources()
        self._task_tables: dict[str, LocalTaskTable] = {}
        self._restarting = asyncio.Lock()

    @property
    def url(self) -> str:
        """The URL of both."""
        return self._endpoint.url

    @asynccontextmanager
    async def running(self, skips: Skips, data_dir: Path | None) -> AsyncIterator[None]:
        """Run the process while the context lasts. Without a folder nothing is kept.

        Raises:
            SettingError: it does not start, or the folder holds something else.

        """
        self._skips, self._folder = skips, data_dir and data_dir / FOLDER
        self._process = await self._start(skips)
        with TemporaryDirectory(prefix="stepfunctions-local-") as folder:
            self._clock_file = Path(folder, "clock")
            self._follow()
            skips.clock.watch(self._follow)
            try:
                yield
            finally:
                process, self._process = self._process, None
                await process.close()

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which functions see the clock that rows and messages go by."""
        return {CLOCK_VARIABLE: str(self._clock_file)} if self._clock_file else {}

    @property
    def table_arns(self) -> dict[str, str]:
        """The ARNs of the build's tables, by logical id."""
        return {
            table.logical_id: self._account.arn("dynamodb", f"table/{table.name}")
            for table in self._resources.tables
        }

    async def take_over(self, resources: LocalResources) -> list[str]:
        """Create the tables and queues of a build, and return warnings for a person to read."""
        self._resources = resources
        warnings = await self._create()
        if self._skips:
            self._endpoint.open(self, self._skips.clock, ClockEndpoint(self._skips))
        return warnings

    async def send(self, request: AwsRequest) -> AwsResponse:
        """Send a request to the process, and return its response."""
        process = self._process
        if process is None:
            raise LocalAwsStopped("The endpoint is shutting down.")
        try:
            return await process.send(request)
        except LocalAwsStopped:
            await self._restart(process)
            raise

    def find_queue(self, arn: str) -> LocalQueue:
        """Return a queue by its ARN."""
        *_, account, name = arn.split(":")
        return LocalQueue(self, f"{self.url}/{account}/{name}")

    def find_task_table(self, names: Collection[str]) -> LocalTaskTable | None:
        """Return the table of the build that has one of these names: the same one for all schedules."""
        found = [table.name for table in self._resources.tables if table.name in names]
        if not found or self._skips is None:
            return None
        new = LocalTaskTable(self, found[0], self._skips.clock)
        return self._task_tables.setdefault(found[0], new)

    async def _create(self) -> list[str]:
        return [
            *await create_tables(self, self._resources.tables),
            *await create_queues(self, self._resources.queues),
        ]

    async def _start(self, skips: Skips) -> MinistackProcess:
        return await MinistackProcess.start(self._interpreter, self._account, skips.clock, self._folder)

    async def _restart(self, ended: MinistackProcess) -> None:
        async with self._restarting:
            if self._process is not ended or self._skips is None:
                return
            _LOG.warning("The process of DynamoDB and SQS has ended: another one starts.")
            await ended.close()
            try:
                started = await self._start(self._skips)
            except SettingError as error:
                _LOG.error("%s", error)
                return
            if self._process is not ended:  # the context has ended meanwhile
                await started.close()
                return
            self._process = started
        for warning in await self._create():
            _LOG.warning("%s", warning)

    def _follow(self) -> None:
        if not (self._process and self._skips and self._clock_file):
            return
        clock = self._skips.clock
        self._process.set_clock(clock)
        new = self._clock_file.with_suffix(".new")
        new.write_text(f"{clock.ahead.total_seconds():.3f}", encoding="ascii")
        new.replace(self._clock_file)


@asynccontextmanager
async def open_local_aws(
    interpreter: Path, account: Account, host: str, port: int, gate: Gate
) -> AsyncIterator[LocalAws]:
    """Listen while the context lasts.

    Raises:
        PortTaken: another process listens on the port.

    """
    async with LocalAwsEndpoint(host, port, gate) as endpoint:
        yield LocalAws(endpoint, interpreter, account)
