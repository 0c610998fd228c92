"""The commands `stepfunctions-local` and `lambda-local`, each of which serves one endpoint."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import click

from stepfunctions_local.account import Account
from stepfunctions_local.application import Addresses, list_warnings, name_endpoints
from stepfunctions_local.build_watch import BuildWatch, Project
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.foreground import (
    report_errors,
    serve_until_stopped,
    warn_of_open_port,
    warn_of_passed_credentials,
    warn_of_skipped_clock,
)
from stepfunctions_local.gate import Gate
from stepfunctions_local.lambdas.environment import (
    DUMMY_CREDENTIALS,
    ENDPOINT_PREFIX,
    CallerSettings,
    WorkerEnvironment,
)
from stepfunctions_local.options import (
    Setting,
    common_options,
    endpoint_options,
    function_concurrency_option,
    function_options,
    mock_config_option,
    parameters_option,
    port_type,
    project_option,
    records_options,
    url_type,
    wait_time_scale_option,
    watch_option,
)
from stepfunctions_local.sam_build import SamBuild
from stepfunctions_local.server import serve_states
from stepfunctions_local.template.build import Build
from stepfunctions_local.template.stack import TargetStack

_HELP: Final = {"help_option_names": ["-h", "--help"]}
_DEFAULTS: Final = Addresses()


@click.command(context_settings=_HELP)
@click.option(
    "--port",
    type=port_type,
    default=_DEFAULTS.states_port,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@wait_time_scale_option
@function_concurrency_option
@click.option(
    "--lambda-endpoint",
    cls=Setting,
    envvar="LAMBDA_ENDPOINT",
    show_envvar=True,
    type=url_type,
    default=_DEFAULTS.lambda_url,
    show_default=True,
    help="Where Task states call Lambda functions: lambda-local, or sam local start-lambda.",
)
@endpoint_options
@mock_config_option
@records_options
@common_options
@click.version_option(package_name="delayed-tasks", prog_name="stepfunctions-local")
def stepfunctions_local(
    *,
    host: str,
    port: int,
    gate: Gate,
    aws_account: str,
    aws_region: str,
    wait_time_scale: float,
    function_concurrency: int,
    lambda_endpoint: str,
    endpoints: dict[str, str],
    mocks: MockConfig | None,
    data_dir: Path,
    in_memory: bool,
    retention_days: int,
    debug: bool,
) -> None:
    """Serve the AWS Step Functions API on this computer, until Ctrl-C.

    A drop-in for Docker's amazon/aws-stepfunctions-local: the same port, the same settings.

    Further services are called where AWS's variables say: AWS_ENDPOINT_URL_S3 ..., AWS_ENDPOINT_URL. Nothing
    is sent to AWS without one.

    \b
    Examples:
      stepfunctions-local --env-file env.txt
      stepfunctions-local --port 9083 --wait-time-scale 0.01
      aws stepfunctions --endpoint-url http://127.0.0.1:8083 list-state-machines
    """
    account = Account(aws_account, aws_region)
    settings = Settings(account, wait_time_scale, timedelta(days=retention_days), function_concurrency)
    folder = None if in_memory else data_dir
    services = endpoints | {"lambda": lambda_endpoint}
    server = _serve_states(settings, host, port, services, folder, gate=gate, mocks=mocks)
    serve_until_stopped(server, debug=debug)


@asynccontextmanager
async def _serve_states(
    settings: Settings,
    host: str,
    port: int,
    services: Mapping[str, str],
    folder: Path | None,
    *,
    gate: Gate,
    mocks: MockConfig | None,
) -> AsyncIterator[None]:
    async with serve_states(settings, host, port, services, folder, gate=gate, mocks=mocks) as server:
        warn_of_open_port(host)
        warn_of_skipped_clock(server.skips.clock.ahead)
        click.echo(f"Step Functions  {server.url}  (Lambda at {services['lambda']}). Ctrl-C stops it.")
        yield


@click.command(context_settings=_HELP)
@click.option(
    "--port",
    type=port_type,
    default=_DEFAULTS.lambda_port,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@project_option
@parameters_option
@function_concurrency_option
@watch_option
@function_options
@common_options
@click.version_option(package_name="delayed-tasks", prog_name="lambda-local")
def lambda_local(
    *,
    host: str,
    port: int,
    gate: Gate,
    caller: CallerSettings,
    project: Path,
    parameters: dict[str, str],
    function_concurrency: int,
    watch: bool,
    aws_account: str,
    aws_region: str,
    debug: bool,
) -> None:
    """Serve the functions of a built SAM template on this computer, until Ctrl-C.

    A drop-in for sam local start-lambda that needs no Docker. What the functions print appears here, with
    control characters escaped.

    \b
    Examples:
      sam build && lambda-local
      aws lambda invoke --endpoint-url http://127.0.0.1:3001 --function-name HelloWorldFunction out.json
    """
    stack = TargetStack(Account(aws_account, aws_region), parameters=parameters)
    with report_errors(debug=debug):
        builder = SamBuild(project, parameters) if watch else None
    serving = _serve_functions(
        project,
        stack,
        host,
        port,
        gate=gate,
        caller=caller,
        builder=builder,
        max_workers=function_concurrency,
    )
    serve_until_stopped(serving, debug=debug)


@asynccontextmanager
async def _serve_functions(
    project: Path,
    stack: TargetStack,
    host: str,
    port: int,
    *,
    gate: Gate,
    caller: CallerSettings,
    max_workers: int,
    builder: SamBuild | None,
) -> AsyncIterator[None]:
    local: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
    environment = WorkerEnvironment(caller, local)
    warn = partial(click.echo, err=True)
    watch = BuildWatch(Project(project, stack), warn, builder)

    async def take_over(build: Build) -> tuple[str, ...]:
        return list_warnings(build, environment)

    async with (
        LambdaEndpoint(
            watch.functions,
            stack.account,
            host=host,
            port=port,
            gate=gate,
            log=sys.stderr,  # which is guarded
            max_workers=max_workers,
            environment=environment,
            settle=watch.settle,
        ) as endpoint,
        watch.running(),
    ):
        # Without an address, a handler's own StartExecution would go to AWS.
        states_url = caller.endpoints.get(f"{ENDPOINT_PREFIX}_SFN", _DEFAULTS.states_url)
        local.set_result(name_endpoints(states_url, endpoint.url))
        _warn_of_exposure(host, caller)
        for warning in await watch.start(take_over):
            warn(f"Warning: {warning}")
        click.echo(f"Lambda  {endpoint.url}  {' '.join(watch.functions)}. Ctrl-C stops it.")
        yield


def _warn_of_exposure(host: str, caller: CallerSettings) -> None:
    warn_of_open_port(host)
    if caller.credentials != DUMMY_CREDENTIALS:
        warn_of_passed_credentials(caller.credentials.access_key)
