"""`delay local`: runs the whole application on this computer until Ctrl-C."""

import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from textwrap import wrap
from typing import Final

import click

from delay.cli.output.printing import echo
from delay.console.address import PORT
from delay.local.endpoint import TABLE, TEMPLATE_NAME, LocalEndpoint
from stepfunctions_local.account import Account
from stepfunctions_local.application import Addresses, LocalApplication, serve_application
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.errors import PortTaken
from stepfunctions_local.foreground import (
    report_errors,
    serve_until_stopped,
    warn_of_open_port,
    warn_of_passed_credentials,
    warn_of_skipped_clock,
)
from stepfunctions_local.gate import Gate
from stepfunctions_local.lambdas.environment import DUMMY_CREDENTIALS, CallerSettings
from stepfunctions_local.options import (
    common_options,
    endpoint_options,
    function_concurrency_option,
    function_options,
    mock_config_option,
    parameters_option,
    port_options,
    port_type,
    project_option,
    records_options,
    wait_time_scale_option,
    watch_option,
)
from stepfunctions_local.sam_build import SamBuild

_WIDTH: Final = 80
"""Columns that the list of addresses fits in: of a terminal of the usual width, and of a page."""


@click.command()
@project_option
@parameters_option
@watch_option
@port_options
@click.option(
    "--console-port",
    type=port_type,
    help=f"Port of the console in the browser.  [default: {PORT}, or a free one with --port 0]",
)
@wait_time_scale_option
@function_concurrency_option
@endpoint_options
@function_options
@mock_config_option
@records_options
@common_options
def local(
    *,
    project: Path,
    parameters: dict[str, str],
    watch: bool,
    host: str,
    port: int,
    lambda_port: int,
    aws_port: int,
    console_port: int | None,
    gate: Gate,
    caller: CallerSettings,
    aws_account: str,
    aws_region: str,
    wait_time_scale: float,
    function_concurrency: int,
    endpoints: dict[str, str],
    mocks: MockConfig | None,
    data_dir: Path,
    in_memory: bool,
    retention_days: int,
    debug: bool,
) -> None:
    """Run the built application on this computer until Ctrl-C: no Docker, no AWS account.

    Serves Step Functions and Lambda from the output of sam build in .aws-sam/build, and creates its state
    machines; DynamoDB and SQS too, if its functions use tables or queues. A console shows the tasks in a
    browser. A new build takes effect at once, and waiting tasks stay. Functions print to this terminal, with
    control characters escaped. Port 0 takes a free port.

    \b
    Examples:
      sam build && delay local
      delay local --watch
      delay local --wait-time-scale 0.01
      aws stepfunctions --endpoint-url http://127.0.0.1:8083 list-state-machines
    """
    account, retention = Account(aws_account, aws_region), timedelta(days=retention_days)
    settings = Settings(account, wait_time_scale, retention, function_concurrency)
    addresses = Addresses(host, port, lambda_port, aws_port, gate)
    with report_errors(debug=debug):
        builder = SamBuild(project, parameters) if watch else None
    application = serve_application(
        project,
        settings,
        addresses,
        data_dir=None if in_memory else data_dir,
        parameters=parameters,
        endpoints=endpoints,
        caller=caller,
        say=_say,
        builder=builder,
        log=sys.stderr,  # which is guarded: logs have payloads of others
        mocks=mocks,
    )
    page = _ConsolePage(
        host, console_port if console_port is not None else PORT if port else 0, gate, aws_region
    )
    serve_until_stopped(_announce(application, page, caller, is_kept=not in_memory), debug=debug)


def _say(text: str) -> None:
    echo(*text.split("\n"), err=True)


@dataclass(frozen=True, slots=True)
class _ConsolePage:
    """Where the console is served, the gate of all listeners, and the Region of the endpoints."""

    host: str
    port: int
    gate: Gate
    region: str

    @asynccontextmanager
    async def serve(self, running: LocalApplication) -> AsyncIterator[str]:
        """Serve the console of an application, and yield its address."""
        from delay.console.local_table import LocalTable
        from delay.console.opener import LocalOpener
        from delay.console.server import ListenError, serve_console
        from delay.console.settings import Settings as ConsoleSettings

        arns = running.state_machine_arns
        arn = arns.get(TEMPLATE_NAME) or next(iter(arns.values()), None)
        rows = running.aws_url and LocalEndpoint(running.aws_url, service=TABLE)
        table = LocalTable(rows, self.region) if rows else None
        opener = LocalOpener(LocalEndpoint(running.states_url), running.lambda_url, arn, table=table)
        settings = ConsoleSettings("this computer", hosts=self.gate.hosts | {self.host.lower()})
        try:
            async with serve_console(opener, settings, self.host, self.port, "--console-port") as url:
                yield url
        except ListenError as error:
            raise PortTaken(str(error)) from error


def _indent(texts: Iterable[str]) -> Iterator[str]:
    """Yield the lines of texts, for below an address. They fit a terminal of 80 columns."""
    for text in texts:
        yield from wrap(
            text,
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )


@asynccontextmanager
async def _announce(
    application: AbstractAsyncContextManager[LocalApplication],
    page: _ConsolePage,
    caller: CallerSettings,
    *,
    is_kept: bool,
) -> AsyncIterator[None]:
    """Start the application and its console, and print the warnings and addresses."""
    async with application as running, page.serve(running) as console_url:
        warn_of_open_port(page.host)
        if caller.credentials != DUMMY_CREDENTIALS:
            warn_of_passed_credentials(caller.credentials.access_key)
        for warning in running.warnings:
            echo(f"Warning: {warning}", err=True)
        warn_of_skipped_clock(running.skips.clock.ahead)
        echo(f"Step Functions  {running.states_url}", *_indent(running.state_machine_arns.values()))
        echo(f"Lambda          {running.lambda_url}", *_indent([" ".join(running.function_names)]))
        if running.aws_url:
            kept = [] if is_kept else ["Rows and messages are in memory, and end with this command."]
            echo(f"DynamoDB, SQS   {running.aws_url}", *_indent(kept))
        echo(f"Console         {console_url}")
        echo("Ready. Ctrl-C stops everything.")
        yield
