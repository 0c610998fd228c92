"""Runs a server in the foreground of a terminal: signals, logging, and errors and warnings for a person."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta

import click

from stepfunctions_local.errors import StepFunctionsLocalError


def serve_until_stopped(server: AbstractAsyncContextManager[object], *, debug: bool) -> None:
    """Run a server until Ctrl-C, SIGTERM or SIGHUP; then close it and return.

    Raises:
        click.ClickException: it could not start; the message is for a person.

    """
    plain, detailed = "%(levelname)s %(message)s", "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING, format=detailed if debug else plain
    )
    with report_errors(debug=debug):
        asyncio.run(_serve(server))


@contextmanager
def report_errors(*, debug: bool) -> Iterator[None]:
    """Report this package's errors in one line; with `debug`, let them pass with their traceback."""
    try:
        yield
    except StepFunctionsLocalError as error:
        if debug:
            raise
        raise click.ClickException(str(error)) from error


def warn_of_skipped_clock(ahead: timedelta) -> None:
    """Warn that an endpoint's clock was skipped, perhaps long ago."""
    if ahead:
        whole = timedelta(seconds=round(ahead.total_seconds()))
        click.echo(f"Warning: the clock is {whole} ahead of the wall clock: it was skipped.", err=True)


async def _serve(server: AbstractAsyncContextManager[object]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _stop_signals():
        loop.add_signal_handler(number, stopped.set)
    async with server:
        await stopped.wait()


def _stop_signals() -> list[signal.Signals]:
    """Return the signals that stop a server: under nohup, SIGHUP does not."""
    survives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *(() if survives_terminal else (signal.SIGHUP,))]
