"""The ports of the local endpoints, as options."""

from collections.abc import Callable

import click

from delay.cli.target import LOCAL_LAMBDA_PORT, LOCAL_PORT
from stepfunctions_local.command import port_type


def port_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--port` and `--lambda-port`."""
    states = click.option(
        "--port", type=port_type, default=LOCAL_PORT, show_default=True, help="Port of Step Functions."
    )
    functions = click.option(
        "--lambda-port", type=port_type, default=LOCAL_LAMBDA_PORT, show_default=True, help="Port of Lambda."
    )
    return states(functions(command))
