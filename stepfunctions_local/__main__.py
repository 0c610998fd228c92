"""The commands `stepfunctions-local` and `lambda-local`: one endpoint each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from stepfunctions_local.command import common_options, port_type, serve, wait_time_scale_option
from stepfunctions_local.engine.arn import Arns
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.server import serve_states

_HELP = {"help_option_names": ["-h", "--help"]}


@click.command(context_settings=_HELP)
@click.option("--port", type=port_type, default=8083, show_default=True, help="Port; 0 takes a free one.")
@wait_time_scale_option
@click.option(
    "--lambda-endpoint",
    envvar="LAMBDA_ENDPOINT",
    show_envvar=True,
    default="http://127.0.0.1:3001",
    show_default=True,
    help="Where Task states call Lambda functions: lambda-local, or sam local start-lambda.",
)
@common_options
@click.version_option(package_name="delay", prog_name="stepfunctions-local")
def stepfunctions_local(
    *,
    host: str,
    port: int,
    aws_account: str,
    aws_region: str,
    wait_time_scale: float,
    lambda_endpoint: str,
    debug: bool,
) -> None:
    r"""Serve the AWS Step Functions API on this machine, until Ctrl-C.

    A drop-in for Docker's amazon/aws-stepfunctions-local: the same port, the same settings.

    \b
    Examples:
      stepfunctions-local --env-file env.txt
      stepfunctions-local --port 9083 --wait-time-scale 0.01
      aws stepfunctions --endpoint-url http://127.0.0.1:8083 list-state-machines
    """
    settings = Settings(Arns(aws_region, aws_account), wait_time_scale)
    serve(_states(settings, host, port, lambda_endpoint), debug=debug)


@asynccontextmanager
async def _states(settings: Settings, host: str, port: int, lambda_endpoint: str) -> AsyncIterator[None]:
    async with serve_states(settings, host, port, lambda_endpoint) as server:
        click.echo(f"Step Functions  {server.url}  (Lambda at {lambda_endpoint}). Ctrl-C stops it.")
        yield
