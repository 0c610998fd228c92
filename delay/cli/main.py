"""The command's root and its subcommands."""

import click

from delay.cli.deferred import Deferred

_TASKS = (
    Deferred("schedule", "delay.cli.schedule:schedule", "Schedule a task."),
    Deferred("list", "delay.cli.list_tasks:list_tasks", "List tasks."),
    Deferred("show", "delay.cli.show:show", "Show all there is to a task."),
    Deferred("history", "delay.cli.history:history", "Show what has happened to a task."),
    Deferred("wait", "delay.cli.wait:wait", "Wait until a task has ended."),
    Deferred("cancel", "delay.cli.cancel:cancel", "Cancel tasks that wait."),
    Deferred("reschedule", "delay.cli.reschedule:reschedule", "Move a task that waits to another time."),
    Deferred("redrive", "delay.cli.redrive:redrive", "Give a task that failed another try."),
)

_FILES = (
    Deferred("import", "delay.cli.import_tasks:import_tasks", "Schedule the tasks of a file."),
    Deferred("export", "delay.cli.export:export", "Write tasks as a file that import reads."),
)

_BEFOREHAND = (Deferred("plan", "delay.cli.plan:plan", "Reckon quotas and cost for a volume of tasks."),)

_LOCAL = (
    Deferred("local", "delay.cli.local:local", "Run the built application on this machine.", "local"),
    Deferred("demo", "delay.cli.demo:demo", "Run one delayed task on this machine.", "local"),
    Deferred("clock", "delay.cli.clock:clock", "Tell or skip the time of a local endpoint."),
)

_SHELL = (Deferred("completion", "delay.cli.completion:completion", "Let the tab key complete commands."),)

_SECTIONS = {
    "Tasks": _TASKS,
    "Files of tasks": _FILES,
    "Before building": _BEFOREHAND,
    "Without an AWS account": _LOCAL,
    "Your shell": _SHELL,
}
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
