"""What the commands that work on tasks have in common: which state machine, and how errors are told."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from click.core import ParameterSource

from delay.cli.plain_errors import told_plainly
from delay.cli.target import Target
from delay.cli.url import Url

if TYPE_CHECKING:
    from delay.client import Delay

Connect: TypeAlias = "Callable[[], Delay]"
"""Makes the client of the state machine that the options name, which takes half a second."""

_OPTIONS = (
    click.option(
        "--local",
        "is_local",
        is_flag=True,
        envvar="DELAY_LOCAL",
        show_envvar=True,
        help="The state machine that delay local serves on this machine, without credentials.",
    ),
    click.option(
        "--stack-name",
        metavar="NAME",
        envvar="DELAY_STACK_NAME",
        show_envvar=True,
        help="The state machine of the stack that sam deploy has made.",
    ),
    click.option(
        "--state-machine-arn",
        metavar="ARN",
        envvar="DELAY_STATE_MACHINE_ARN",
        show_envvar=True,
        help="The state machine itself.",
    ),
    click.option("--profile", metavar="NAME", help="Profile of the AWS CLI's files.  [env var: AWS_PROFILE]"),
    click.option(
        "--region",
        metavar="NAME",
        envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
        show_envvar=True,
        help="Region of the stack; that of an ARN stands in it.",
    ),
    click.option(
        "--endpoint-url",
        type=Url(),
        help="Where Step Functions is, if not on AWS; with --local, if not at http://127.0.0.1:8083.  "
        "[env var: AWS_ENDPOINT_URL_SFN, AWS_ENDPOINT_URL]",
    ),
    click.option("--debug", is_flag=True, help="Show tracebacks."),
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def on_tasks(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name a state machine, and give the command a `connect` in their place."""

    def run(*, debug: bool, **options: Any) -> None:  # noqa: ANN401 - click's own
        target = Target(**{name: options.pop(name) for name in Target.__slots__})
        with told_plainly(debug=debug):
            command(connect=partial(_connect, target, _flags(Target.__slots__)), **options)

    update_wrapper(run, command)
    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _flags(names: tuple[str, ...]) -> set[str]:
    """Tell which of these options stand on the command line."""
    context = click.get_current_context()
    return {name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}


def _connect(target: Target, flags: set[str]) -> "Delay":
    from delay.cli.connection import open_delay  # noqa: PLC0415 - imports boto3, which takes half a second

    return open_delay(target.chosen(flags))
