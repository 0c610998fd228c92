"""What the commands that work on tasks have in common: which state machine, and how errors are told."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from delay.cli.errors import told_plainly
from delay.cli.parameters import Url
from delay.cli.target import LOCAL_URL, Target

if TYPE_CHECKING:
    from delay.client import Delay
    from delay.dead_letters.redriving import DeadLetters


@dataclass(frozen=True, slots=True)
class Connection:
    """Makes clients for what the options name, which takes half a second.

    `flags` are those that stand on the command line.
    """

    target: Target
    flags: frozenset[str]

    def __call__(self) -> "Delay":
        """Make the client of the state machine."""
        from delay.cli.connection import open_delay  # noqa: PLC0415 - imports boto3, which takes half a second

        return open_delay(self.target.chosen(self.flags))

    def dead_letters(self, queue_url: str | None) -> "DeadLetters":
        """Find the failed tasks in a queue; in that of the stack, if none is named."""
        from delay.cli.connection import open_dead_letters  # noqa: PLC0415 - as above

        return open_dead_letters(self.target.chosen(self.flags), queue_url)


_OPTIONS = (
    click.option(
        "--local", "is_local", is_flag=True, envvar="DELAY_LOCAL", help="The one that delay local serves."
    ),
    click.option(
        "--stack-name", metavar="NAME", envvar="DELAY_STACK_NAME", help="The one that sam deploy has made."
    ),
    click.option(
        "--state-machine-arn", metavar="ARN", envvar="DELAY_STATE_MACHINE_ARN", help="The one with this ARN."
    ),
    click.option("--profile", metavar="NAME", help="Profile of the AWS CLI."),
    click.option(
        "--region",
        metavar="NAME",
        envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
        help="Region of the stack; an ARN names its own.",
    ),
    click.option("--endpoint-url", type=Url(), help=f"Elsewhere than AWS, or {LOCAL_URL} if --local."),
    click.option("--debug", is_flag=True, help="Show tracebacks."),
)

_ENVIRONMENT = (
    "Or by the environment: DELAY_LOCAL=1, DELAY_STATE_MACHINE_ARN, DELAY_STACK_NAME, AWS_PROFILE, "
    "AWS_REGION or AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_SFN or AWS_ENDPOINT_URL."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class TaskCommand(click.Command):
    """A command on tasks: its help has its own options first, and which state machine apart from them."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in two sections."""
        records = {str(param.name): param.get_help_record(context) for param in self.get_params(context)}
        shared = [record for name in Target.__slots__ if (record := records.pop(name, None))]
        with formatter.section("Options"):
            formatter.write_dl([record for record in records.values() if record])
        with formatter.section("Which state machine"):
            formatter.write_dl(shared)
            formatter.write_paragraph()
            formatter.write_text(_ENVIRONMENT)


task_command = partial(click.command, cls=TaskCommand)
"""Makes a command of what `on_tasks` has made."""


def on_tasks(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name a state machine, and give the command a `connect` in their place."""

    def run(*, debug: bool, **options: Any) -> None:  # noqa: ANN401 - click's own
        target = Target(**{name: options.pop(name) for name in Target.__slots__})
        with told_plainly(debug=debug):
            command(connect=Connection(target, _flags(Target.__slots__)), **options)

    update_wrapper(run, command)
    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _flags(names: tuple[str, ...]) -> frozenset[str]:
    """Tell which of these options stand on the command line."""
    context = click.get_current_context()
    given = (name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE)
    return frozenset(given)
