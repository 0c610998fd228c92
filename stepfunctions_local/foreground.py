"""Runs a server in the foreground of a terminal: signals, logging, and errors and warnings for a person."""

import asyncio
import logging
import os
import re
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote

import click

from delay.text.duration import format_nearest
from stepfunctions_local.descriptors import raise_limit
from stepfunctions_local.errors import StepFunctionsLocalError

_SECRET_VARIABLES: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_TOKEN_HEADER: Final = re.compile(
    r"(x-amz-security-token['\"]?\s*[:=,]\s*b?['\"]?)[^\s'\",&]+", re.IGNORECASE
)
_REMOVED: Final = "[removed]"
_MIN_SECRET_CHARACTERS: Final = 16
"""A shorter value is a dummy such as `local`, a word that logs have for other reasons."""


class SafeFormatter(logging.Formatter):
    """Formats log records and their tracebacks without the secrets of AWS credentials.

    botocore logs each request that it signs, with the session token.
    `environment` has the secrets that may not be logged.
    """

    def __init__(self, pattern: str, environment: Mapping[str, str]) -> None:
        super().__init__(pattern)
        given = (environment.get(name, "") for name in _SECRET_VARIABLES)
        values = {value for value in given if len(value) >= _MIN_SECRET_CHARACTERS}
        # Longest first, in case one contains another.
        self._secrets = sorted(values | {quote(value, safe="") for value in values}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, its traceback included."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, _REMOVED)
        return _TOKEN_HEADER.sub(rf"\1{_REMOVED}", text)


def serve_until_stopped(server: AbstractAsyncContextManager[object], *, debug: bool) -> None:
    """Run a server until Ctrl-C, SIGTERM or SIGHUP; then close it and return.

    Raises:
        click.ClickException: it could not start; the message is for a person.

    """
    _set_up_logging(debug=debug)
    raise_limit()
    with report_errors(debug=debug):
        asyncio.run(_serve(server))


def _set_up_logging(*, debug: bool) -> None:
    plain, detailed = "%(levelname)s %(message)s", "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter(detailed if debug else plain, os.environ))
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler])


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
        skipped = format_nearest(ahead)
        click.echo(f"Warning: the clock is {skipped} ahead of the wall clock: it was skipped.", err=True)


def warn_of_passed_credentials(access_key: str) -> None:
    """Warn that functions get credentials of the caller. `access_key` is not secret, but shown in part."""
    click.echo(
        f"Warning: functions get your AWS credentials (access key ...{access_key[-4:]}): "
        "they act on your account.",
        err=True,
    )


def warn_of_open_port(host: str) -> None:
    """Warn that an endpoint listens on an address that other machines may reach."""
    if not _is_loopback(host):
        click.echo(
            f"Warning: --host {host} lets other machines connect, and no signature is checked. "
            "Each program that reaches the port can run code here, with your rights on this computer.",
            err=True,
        )


def _is_loopback(host: str) -> bool:
    """Whether all addresses of a host to listen on belong to this computer alone. "" means all there are."""
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", None)  # noqa: S104 - a lookup, not a bind
    except OSError:
        return False
    return all(ip_address(address[0]).is_loopback for *_, address in found)


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
