"""`delay console`: shows tasks in a browser."""

import asyncio
import os
import secrets
import signal
import threading
import webbrowser
from ipaddress import ip_address
from typing import TYPE_CHECKING

import click

from delay.cli.output.printing import echo
from delay.cli.parameters import HostName
from delay.cli.task_command import Connector, task_command, with_connection
from delay.console.address import PORT

if TYPE_CHECKING:
    from delay.cli.target import Target
    from delay.console.desk import Opener
    from delay.console.settings import Settings
    from delay.local.endpoint import LocalEndpoint, LocalService

_SHARE = 0.25
"""The part of the quotas for listing that the console takes: production needs the rest."""

_LAMBDA_VARIABLE = "AWS_ENDPOINT_URL_LAMBDA"
_LAMBDA_URL = "http://127.0.0.1:3001"


@task_command("console")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--host", type=HostName(), default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--allowed-host",
    "hosts",
    type=HostName(),
    multiple=True,
    metavar="NAME",
    help="A further name that requests may be for. Repeatable.",
)
@click.option("--read-only", is_flag=True, help="Refuse every change, for showing the console to others.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@with_connection
def console(
    *, connect: Connector, port: int, host: str, hosts: tuple[str, ...], read_only: bool, no_open: bool
) -> None:
    """Show tasks in a browser, until Ctrl-C.

    Serves a page with what waits, runs and has failed, and with what can be done about it. delay local serves
    the same page by itself. On AWS the page acts with your rights, so its address has a secret token, as it
    has with a --host that other computers reach. Its reads are paced to a part of AWS's quotas.

    \b
    Examples:
      delay console --stack-name delayed-tasks
      delay console --stack-name delayed-tasks --read-only --no-open
      delay console --local --port 0
      delay console --local --store table
    """
    from delay.console.settings import Settings

    opener, target = _open(connect)
    settings = Settings(
        _describe(target),
        is_read_only=read_only,
        token=None if target.is_local and _is_loopback(host) else secrets.token_urlsafe(),
        hosts=frozenset((*hosts, host)),
    )
    asyncio.run(_serve(opener, settings, host, port, opens=not no_open))


def _is_loopback(host: str) -> bool:
    """Whether only programs of this computer reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _open(connect: Connector) -> "tuple[Opener, Target]":
    target = connect.target.resolve(connect.flags)
    if target.is_local:
        return _open_local(target), target
    from delay.cli.connection import open_shared_delay
    from delay.console.desk import Desk, OneDesk
    from delay.console.paced_source import PacedSource
    from delay.console.table_source import TableSource

    delay = open_shared_delay(target, _SHARE)
    source = TableSource(delay) if target.store == "table" else PacedSource(delay)
    return OneDesk(Desk(delay, source)), target


def _open_local(target: "Target") -> "Opener":
    """Open a local endpoint, and the other one beside it unless that may be another program's."""
    from delay.console.local_table import LocalTable
    from delay.console.opener import REGION, LocalOpener
    from delay.local.endpoint import STEP_FUNCTIONS, TABLE, LocalEndpoint

    is_table = target.store == "table"
    rows = _find_endpoint(target, TABLE)
    states = _find_endpoint(target, STEP_FUNCTIONS)
    if is_table and rows and (foreign := _open_foreign_table(target, rows)):
        return foreign
    return LocalOpener(
        states or rows or LocalEndpoint.find(None),  # that of the table has the clock, too
        os.environ.get(_LAMBDA_VARIABLE, _LAMBDA_URL),
        target.state_machine_arn,
        target.region,
        LocalTable(rows, target.region or REGION, target.table_arn) if rows else None,
        opens_table=is_table,
        has_machines=states is not None,
    )


def _find_endpoint(target: "Target", service: "LocalService") -> "LocalEndpoint | None":
    """Return an endpoint; None if only the other one is named, on whatever port."""
    from delay.local.endpoint import TABLE, LocalEndpoint

    is_meant = (service is TABLE) == (target.store == "table")
    found = LocalEndpoint.find(target.endpoint_url if is_meant else None, service=service)
    return found if is_meant or found.origin or not target.endpoint_url else None


def _open_foreign_table(target: "Target", rows: "LocalEndpoint") -> "Opener | None":
    """Open a table whose endpoint has no clock of ours; None if it has one, as that of `delay local`.

    Raises:
        DelayError: there is no table, or nothing answers.

    """
    from delay.cli.connection import open_delay
    from delay.console.desk import Desk, OneDesk
    from delay.console.table_source import TableSource
    from delay.local.clock import ClockClient
    from delay.local.request import EndpointUnavailable

    delay = open_delay(target)
    try:
        ClockClient(rows).read()
    except EndpointUnavailable:
        return OneDesk(Desk(delay, TableSource(delay)))
    return None


def _describe(target: "Target") -> str:
    """Return what the console shows, in a few words."""
    if target.is_local:
        return "this computer"
    name = target.stack_name or (target.arn or "").rpartition(":")[2]
    return f"{name}, {target.region}" if target.region else name


def _open_browser(address: str) -> None:
    """Open the browser, in a thread: a command in BROWSER may end with the browser, which waits for us."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


async def _serve(opener: "Opener", settings: "Settings", host: str, port: int, *, opens: bool) -> None:
    from delay.console.server import ListenError, serve_console

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        async with serve_console(opener, settings, host, port) as url:
            address = f"{url}/?token={settings.token}" if settings.token else url
            echo(f"Console  {address}", "Ctrl-C stops it.")
            if opens:
                _open_browser(address)
            await stopped.wait()
    except ListenError as error:
        raise click.ClickException(str(error)) from error
