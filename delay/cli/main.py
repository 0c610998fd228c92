"""The command's root and its subcommands."""

import click

from delay.cli.deferred import Deferred

_BEFOREHAND = (Deferred("plan", "delay.cli.plan:plan", "Reckon quotas and cost for a volume of tasks."),)

_LOCAL = (
    Deferred("local", "delay.cli.local:local", "Run the built application on this machine.", "local"),
    Deferred("demo", "delay.cli.demo:demo", "Run one delayed task on this machine.", "local"),
    Deferred("clock", "delay.cli.clock:clock", "Tell or skip the time of a local endpoint."),
)

_SECTIONS = {"Before building": _BEFOREHAND, "Without an AWS account": _LOCAL}
"""The subcommands in the order in which the help shows them."""


class Sections(click.Group):
    """A group whose help shows its commands by what they are for, not by the alphabet."""

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one table for each section, with columns of one width."""
        width = max(map(len, self.commands))
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{command.name:{width}}", _said(command)) for command in commands])


def _said(command: click.Command) -> str:
    return command.get_short_help_str(60)


@click.command(
    cls=Sections,
    commands=[command for commands in _SECTIONS.values() for command in commands],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="delay", prog_name="delay")
def delay() -> None:
    """Delayed tasks on AWS Step Functions.

    \b
    Examples:
      delay local     run the built application on this machine until Ctrl-C
      delay demo      run one delayed task from beginning to end
      delay clock     skip time where delay local runs
      delay plan      find out whether Step Functions carries your volume
    """  # noqa: D301 - click wants the character itself
