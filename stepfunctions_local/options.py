"""Options that the commands share, with the types of their values."""

import math
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from delay.text.url import parse_url
from stepfunctions_local.application import Addresses
from stepfunctions_local.credentials import find_credentials
from stepfunctions_local.engine import mock_config
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.records import data_directory
from stepfunctions_local.env_file import read_env_file, read_function_variables
from stepfunctions_local.errors import SettingError
from stepfunctions_local.foreground import report_errors
from stepfunctions_local.gate import DEFAULT_GATE, HOST_NAME, HOST_NAME_MEANING, ORIGIN, ORIGIN_MEANING
from stepfunctions_local.integrations.service import HTTP_SERVICES, SERVICES, Service
from stepfunctions_local.lambdas.environment import CallerSettings, is_endpoint

_DEFAULTS: Final = Settings()
_ADDRESSES: Final = Addresses()
_MAX_SCALE: Final = 1_000


class PatternType(click.ParamType):
    """Text that matches a pattern. `meaning` says what the pattern stands for, for the error message."""

    name = "text"

    def __init__(self, pattern: str, meaning: str) -> None:
        self._pattern = re.compile(pattern)
        self._meaning = meaning

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if not self._pattern.fullmatch(value):
            self.fail(f"{value!r} is not {self._meaning}.", param, ctx)
        return value


class _ScaleType(click.FloatRange):
    """A factor. `nan` is rejected, though it is a float."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        factor: float = super().convert(value, param, ctx)
        if math.isnan(factor):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return factor


class _MockConfigType(click.Path):
    """A mock configuration, read when the command starts."""

    def convert(  # type: ignore[override] # click.Path returns paths
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> MockConfig:
        try:
            return MockConfig.read(Path(value))
        except SettingError as error:
            self.fail(str(error), param, ctx)


class Setting(click.Option):
    """An option that an environment variable can set too; error messages name both."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return the names of the option and the variable."""
        return f"{super().get_error_hint(ctx)} (or {self.envvar})"  # type: ignore[arg-type] # click wants one, uses none


port_type = click.IntRange(0, 65535)


class _UrlType(click.ParamType):
    """The URL of an endpoint, without a path."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            url = parse_url(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if urlsplit(url).path:
            self.fail(f"{value!r} has a path: an endpoint's URL ends after its port.", param, ctx)
        return url


url_type = _UrlType()

_host_name_type = PatternType(HOST_NAME.pattern, HOST_NAME_MEANING)
_origin_type = PatternType(ORIGIN.pattern, ORIGIN_MEANING)


_SETTINGS: Final = "stepfunctions_local.env_file"
"""Where a context keeps the settings of `--env-file`."""


def _load_env_file(context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path:
        with report_errors(debug=False):
            context.meta[_SETTINGS] = read_env_file(path)
        os.environ.update(context.meta[_SETTINGS])
    return path


def function_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for what functions get from the caller, which the command gets as `caller`."""
    env_vars = click.option(
        "--env-vars",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_collect_overrides,
        help="Read variables of functions from a JSON file, as sam local does. They win over the template.",
    )
    pass_credentials = click.option(
        "--pass-credentials",
        is_flag=True,
        expose_value=False,
        callback=_collect_credentials,
        help="Give functions your AWS credentials in place of dummies: they then act on your account.",
    )
    return env_vars(pass_credentials(command))


def _collect_overrides(context: click.Context, _option: click.Parameter, path: Path | None) -> None:
    if path:
        with report_errors(debug=False):
            overrides = read_function_variables(path)
        context.params["caller"] = replace(_get_caller(context), overrides=overrides)


def _collect_credentials(context: click.Context, _option: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's own
    caller = _get_caller(context)
    if given:
        with report_errors(debug=False):
            caller = replace(caller, credentials=find_credentials())
    context.params["caller"] = caller


def _get_caller(context: click.Context) -> CallerSettings:
    """Return the settings so far: the endpoints of the environment, and the variables of `--env-file`."""
    found: CallerSettings | None = context.params.get("caller")
    if found is not None:
        return found
    own = {str(option.envvar) for option in context.command.params}
    variables = {
        name: value
        for name, value in context.meta.get(_SETTINGS, {}).items()
        if name not in own and (is_endpoint(name) or not name.startswith("AWS_"))
    }
    return replace(CallerSettings.from_environment(), variables=variables)


def _collect_gate(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> None:
    """Make the command's `gate` of two options, in whichever order they come."""
    gate = context.params.get("gate", DEFAULT_GATE)
    member = {"allowed_host": "hosts", "allowed_origin": "origins"}[str(option.name)]
    context.params["gate"] = replace(gate, **{member: frozenset(value.lower() for value in given)})


def _strip_brackets(_context: click.Context, _option: click.Parameter, host: str) -> str:
    """Return an IPv6 address without the brackets that it has in a URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


_COMMON_OPTIONS = (
    click.option(
        "--env-file",
        type=click.Path(path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_load_env_file,
        help="Read settings from a file, as docker run --env-file does. Options win over it.",
    ),
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        callback=_strip_brackets,
        help="Address to listen on; ::1 is that of IPv6.",
    ),
    click.option(
        "--allowed-host",
        cls=Setting,
        envvar="STEPFUNCTIONS_LOCAL_ALLOWED_HOSTS",
        show_envvar=True,
        multiple=True,
        metavar="NAME",
        type=_host_name_type,
        expose_value=False,
        callback=_collect_gate,
        help="Further name that requests may be for, such as a service's in Docker Compose. Repeatable.",
    ),
    click.option(
        "--allowed-origin",
        cls=Setting,
        envvar="STEPFUNCTIONS_LOCAL_ALLOWED_ORIGINS",
        show_envvar=True,
        multiple=True,
        metavar="ORIGIN",
        type=_origin_type,
        expose_value=False,
        callback=_collect_gate,
        help="Web pages that may send requests (CORS), such as http://localhost:3000. Repeatable.",
    ),
    click.option(
        "--aws-account",
        cls=Setting,
        envvar="AWS_ACCOUNT_ID",
        show_envvar=True,
        type=PatternType("[0-9]{12}", "an account's 12 digits"),
        default=_DEFAULTS.account.id,
        show_default=True,
        help="Account in ARNs.",
    ),
    click.option(
        "--aws-region",
        cls=Setting,
        envvar="AWS_DEFAULT_REGION",
        show_envvar=True,
        type=PatternType("[a-z]+(-[a-z]+)+-[0-9]+", f"a Region such as {_DEFAULTS.account.region}"),
        default=_DEFAULTS.account.region,
        show_default=True,
        help="Region in ARNs.",
    ),
    click.option("--debug", is_flag=True, help="Log everything, and show tracebacks."),
)


def common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every local endpoint takes, with the names of AWS's own local image."""
    for option in reversed(_COMMON_OPTIONS):
        command = option(command)
    return command


function_concurrency_option = click.option(
    "--function-concurrency",
    cls=Setting,
    envvar="STEPFUNCTIONS_LOCAL_FUNCTION_CONCURRENCY",
    show_envvar=True,
    type=click.IntRange(1, 1_000),
    default=_DEFAULTS.function_concurrency,
    show_default=True,
    help="How many calls of one function run at a time. Further ones wait.",
)

wait_time_scale_option = click.option(
    "--wait-time-scale",
    cls=Setting,
    envvar="WAIT_TIME_SCALE",
    show_envvar=True,
    type=_ScaleType(0, _MAX_SCALE),
    default=_DEFAULTS.wait_time_scale,
    show_default=True,
    help="Multiplies the duration of Wait states: with 0.01, 100 seconds take one.",
)

project_option = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="The folder in which sam build was run.",
)


def _parse_parameters(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    parameters = {}
    for number, pair in enumerate(" ".join(given).split(), 1):
        name, equals, value = pair.partition("=")
        if not (name and equals):
            # It may be the second word of a secret, so it is not quoted.
            raise click.BadParameter(f"Number {number} is not NAME=VALUE. No value may have a space.")
        parameters[name] = value
    return parameters


parameters_option = click.option(
    "--parameter-overrides",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_parse_parameters,
    help="Overrides a template parameter's default. Repeat it, or separate several with spaces.",
)


watch_option = click.option(
    "--watch",
    is_flag=True,
    help="Run sam build when the template or a function has changed. Without it, a warning says so.",
)

mock_config_option = click.option(
    "--mock-config",
    "mocks",
    cls=Setting,
    envvar="SFN_MOCK_CONFIG",
    show_envvar=True,
    type=_MockConfigType(),
    default=lambda: str(mock_config.DEFAULT) if mock_config.DEFAULT.exists() else None,
    show_default=f"{mock_config.DEFAULT}, if this folder has one",
    help="File with test cases, in which Tasks return mocked responses. It is read again when it changes.",
)


def records_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for where and how long an endpoint keeps its records."""
    data_dir = click.option(
        "--data-dir",
        envvar="STEPFUNCTIONS_LOCAL_DATA_DIR",
        show_envvar=True,
        type=click.Path(path_type=Path, file_okay=False),
        default=data_directory.DEFAULT,
        show_default=True,
        help="Folder of the journal, which survives restarts and crashes.",
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
        default=_DEFAULTS.retention.days,
        show_default=True,
        help="How long executions are kept after their end.",
    )
    return data_dir(in_memory(retention_days(command)))


def endpoint_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the endpoints of services other than Lambda.

    The command gets them as `endpoints`: URLs by the services' names in a Resource.
    """
    for service in reversed([*SERVICES.values(), *HTTP_SERVICES.values()]):
        if service.setting and service.key != "lambda":
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


def port_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--port`, `--lambda-port` and `--aws-port`, the ports of an application's endpoints."""
    states = click.option(
        "--port",
        type=port_type,
        default=_ADDRESSES.states_port,
        show_default=True,
        help="Port of Step Functions.",
    )
    functions = click.option(
        "--lambda-port",
        type=port_type,
        default=_ADDRESSES.lambda_port,
        show_default=True,
        help="Port of Lambda.",
    )
    aws = click.option(
        "--aws-port",
        type=port_type,
        default=_ADDRESSES.aws_port,
        show_default=True,
        help="Port of DynamoDB and SQS, if the template's functions use them.",
    )
    return states(functions(aws(command)))
