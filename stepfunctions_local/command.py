"""What the commands have in common: options, logging, how they end and how they tell errors."""

import asyncio
import logging
import math
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import click

from stepfunctions_local.account import Account
from stepfunctions_local.engine.records import data_directory
from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.integrations.service import SERVICES, Service
from stepfunctions_local.settings import read_env_file

_LONGEST_SCALE = 1_000


def serve(server: AbstractAsyncContextManager[object], *, debug: bool) -> None:
    """Run a server until Ctrl-C, SIGTERM or SIGHUP; then let it close and return.

    Raises:
        click.ClickException: it could not start; the message is for a person.

    """
    plain, detailed = "%(levelname)s %(message)s", "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING, format=detailed if debug else plain
    )
    with told_plainly(debug=debug):
        asyncio.run(_serve(server))


@contextmanager
def told_plainly(*, debug: bool) -> Iterator[None]:
    """Tell this package's errors in one line; with `debug`, let them pass with their traceback."""
    try:
        yield
    except StepFunctionsLocalError as error:
        if debug:
            raise
        raise click.ClickException(str(error)) from error


async def _serve(server: AbstractAsyncContextManager[object]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _stopping():
        loop.add_signal_handler(number, stopped.set)
    async with server:
        await stopped.wait()


def _stopping() -> list[signal.Signals]:
    """Name the signals that end a server; the end of the terminal does not if nohup says so."""
    outlives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *(() if outlives_terminal else (signal.SIGHUP,))]


def _use_env_file(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path:
        with told_plainly(debug=False):
            os.environ.update(read_env_file(path))
    return path


class TextOf(click.ParamType):
    """A text of one form; `meaning` says which, for the message when a given text is another."""

    name = "text"

    def __init__(self, pattern: str, meaning: str) -> None:
        self._pattern = re.compile(pattern)
        self._meaning = meaning

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if not self._pattern.fullmatch(value):
            self.fail(f"{value!r} is not {self._meaning}.", param, ctx)
        return value


class _Scale(click.FloatRange):
    """A factor; `nan` is none, though it is a float."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        factor: float = super().convert(value, param, ctx)
        if math.isnan(factor):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return factor


class Setting(click.Option):
    """An option that the environment sets, too; messages about its value name both."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Name the option and the variable."""
        return f"{super().get_error_hint(ctx)} (or {self.envvar})"  # type: ignore[arg-type] # click wants one, uses none


port_type = click.IntRange(0, 65535)
url_type = TextOf(r"https?://[^\s/?#]+/?", "a URL such as http://127.0.0.1:3001")

_COMMON_OPTIONS = (
    click.option(
        "--env-file",
        type=click.Path(path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_use_env_file,
        help="Read settings from a file, as docker run --env-file does. Options win over it.",
    ),
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option(
        "--aws-account",
        cls=Setting,
        envvar="AWS_ACCOUNT_ID",
        show_envvar=True,
        type=TextOf("[0-9]{12}", "an account's 12 digits"),
        default=Account().id,
        show_default=True,
        help="Account in ARNs.",
    ),
    click.option(
        "--aws-region",
        cls=Setting,
        envvar="AWS_DEFAULT_REGION",
        show_envvar=True,
        type=TextOf("[a-z]+(-[a-z]+)+-[0-9]+", "a Region such as us-east-1"),
        default=Account().region,
        show_default=True,
        help="Region in ARNs.",
    ),
    click.option("--debug", is_flag=True, help="Log everything, and show tracebacks."),
)

wait_time_scale_option = click.option(
    "--wait-time-scale",
    cls=Setting,
    envvar="WAIT_TIME_SCALE",
    show_envvar=True,
    type=_Scale(0, _LONGEST_SCALE),
    default=1.0,
    show_default=True,
    help="Multiplies what Wait states wait: with 0.01, 100 seconds take one.",
)


def _parameters(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    parameters = {}
    for pair in " ".join(given).split():
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"'{pair}' is not NAME=VALUE.")
        parameters[name] = value
    return parameters


parameters_option = click.option(
    "--parameter-overrides",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_parameters,
    help="Template parameters that shall not have their defaults; repeat it, or separate with spaces.",
)


def warn_of_skipped_clock(ahead: timedelta) -> None:
    """Say that the clock of an endpoint was skipped, in case somebody has forgotten it."""
    if ahead:
        whole = timedelta(seconds=round(ahead.total_seconds()))
        click.echo(f"Warning: the clock is {whole} ahead of the wall clock: it was skipped.", err=True)


def records_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where an endpoint keeps its records, and for how long."""
    data_dir = click.option(
        "--data-dir",
        envvar="STEPFUNCTIONS_LOCAL_DATA_DIR",
        show_envvar=True,
        type=click.Path(path_type=Path, file_okay=False),
        default=data_directory.DEFAULT,
        show_default=True,
        help="Folder of the journal: what it has outlives a restart, or a crash.",
    )
    in_memory = click.option(
        "--in-memory",
        envvar="STEPFUNCTIONS_LOCAL_IN_MEMORY",
        show_envvar=True,
        is_flag=True,
        help="Keep no journal: a restart forgets everything.",
    )
    retention_days = click.option(
        "--retention-days",
        envvar="STEPFUNCTIONS_LOCAL_RETENTION_DAYS",
        show_envvar=True,
        type=click.IntRange(1, 36_500),
        default=90,
        show_default=True,
        help="How long executions are kept after their end.",
    )
    return data_dir(in_memory(retention_days(command)))


def endpoint_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where Task states find services other than Lambda.

    The command gets them as `endpoints`: URLs by the names that the services have in a Resource.
    """
    for service in reversed([*SERVICES.values()]):
        if service.key != "lambda":
            command = _endpoint_option(service)(command)
    return command


def _endpoint_option(service: Service) -> Callable[[Callable[..., None]], Callable[..., None]]:
    own = " [default: this endpoint]" if service.key == "states" else ""

    def collect(context: click.Context, _option: click.Parameter, url: str | None) -> None:
        endpoints = context.params.setdefault("endpoints", {})
        if url:
            endpoints[service.key] = url

    return click.option(
        service.option,
        cls=Setting,
        envvar=service.setting,
        show_envvar=True,
        type=url_type,
        expose_value=False,
        callback=collect,
        help=f"Where Task states call {service.key}:...{own}",
    )


project_option = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="The folder in which sam build was run.",
)


def common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every local endpoint takes, with AWS's names for its own local image."""
    for option in reversed(_COMMON_OPTIONS):
        command = option(command)
    return command
