"""The options and the help that the commands on tasks share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from delay.aws.store_name import StoreName
from delay.cli.errors import report_errors
from delay.cli.parameters import Url, decode_text
from delay.cli.target import Target
from delay.local.endpoint import LOCAL_URL, TABLE

if TYPE_CHECKING:
    from delay.client import Delay
    from delay.dead_letters.redriving import DeadLetters


@dataclass(frozen=True, slots=True)
class Connector:
    """Opens clients for the store that the options name. `flags` are the options on the command line.

    The first client takes half a second, for boto3 is imported only then.
    """

    target: Target
    flags: frozenset[str]

    def __call__(self) -> "Delay":
        """Return the client for the store."""
        from delay.cli.connection import open_delay

        return open_delay(self.target.resolve(self.flags))

    @property
    def store(self) -> StoreName:
        """The store that is meant, even if the options name no place."""
        return self.target.choose_store(self.flags)

    def dead_letters(self, queue_url: str | None) -> "DeadLetters":
        """Return the failed tasks in a queue, by default the queue of the stack."""
        from delay.cli.connection import open_dead_letters

        return open_dead_letters(self.target.resolve(self.flags), queue_url)


_OPTIONS = (
    click.option("--local", "is_local", is_flag=True, envvar="DELAY_LOCAL", help="The tasks of delay local."),
    click.option(
        "--stack-name",
        metavar="NAME",
        envvar="DELAY_STACK_NAME",
        help="The tasks of this CloudFormation stack.",
    ),
    click.option(
        "--store",
        type=click.Choice(get_args(StoreName)),
        envvar="DELAY_STORE",
        help="Where they wait there: as executions of the state machine, the default, or in the table.",
    ),
    click.option(
        "--state-machine-arn",
        metavar="ARN",
        envvar="DELAY_STATE_MACHINE_ARN",
        help="The tasks of the state machine with this ARN.",
    ),
    click.option(
        "--table-arn", metavar="ARN", envvar="DELAY_TABLE_ARN", help="The tasks of the table with this ARN."
    ),
    click.option("--profile", metavar="NAME", help="Profile of the AWS CLI."),
    click.option(
        "--region",
        metavar="NAME",
        envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
        help="Region of the stack. An ARN names its own.",
    ),
    click.option(
        "--endpoint-url",
        type=Url(),
        help=f"Endpoint in place of AWS's, or with --local of {LOCAL_URL}, of {TABLE.url} for a table.",
    ),
    click.option("--debug", is_flag=True, help="Show tracebacks."),
)

_ENVIRONMENT = (
    "From the environment: DELAY_LOCAL=1, DELAY_STACK_NAME, DELAY_STORE, DELAY_STATE_MACHINE_ARN, "
    "DELAY_TABLE_ARN, AWS_PROFILE, AWS_REGION or AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_SFN or "
    "AWS_ENDPOINT_URL; for a table AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SQS."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class TaskCommand(click.Command):
    """A command whose help lists the options for the place of the tasks in a section of their own.

    Keys and other text are UTF-8, whatever the locale says. Names of files stay as the system has them.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line."""
        rest = super().parse_args(ctx, args)
        for param in self.params:
            if param.type is click.STRING and param.name in ctx.params:
                ctx.params[param.name] = _decode(ctx.params[param.name], param, ctx)
        return rest

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in two sections."""
        records = {str(param.name): param.get_help_record(context) for param in self.get_params(context)}
        shared = [record for name in Target.__slots__ if (record := records.pop(name, None))]
        with formatter.section("Options"):
            formatter.write_dl([record for record in records.values() if record])
        with formatter.section("Where the tasks wait"):
            formatter.write_dl(shared)
            formatter.write_paragraph()
            formatter.write_text(_ENVIRONMENT)


def _decode(value: object, param: click.Parameter, ctx: click.Context) -> object:
    """Return the text of a parameter, or all of them, in UTF-8. None stays as it is."""
    if isinstance(value, tuple):
        return tuple(_decode(each, param, ctx) for each in value)
    try:
        return decode_text(value) if isinstance(value, str) else value
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


task_command = partial(click.command, cls=TaskCommand)
"""Decorates a function that `with_connection` has decorated."""


def with_connection(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where the tasks wait. The command gets `connect`, a Connector, instead."""

    def run(*, debug: bool, **options: Any) -> None:  # noqa: ANN401 - click's own
        target = Target(**{name: options.pop(name) for name in Target.__slots__})
        with report_errors(debug=debug):
            command(connect=Connector(target, _find_flags(Target.__slots__)), **options)

    update_wrapper(run, command)
    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _find_flags(names: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the options that were given on the command line."""
    context = click.get_current_context()
    given = (name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE)
    return frozenset(given)
