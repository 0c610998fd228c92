"""The command's root and its subcommands."""

from importlib import import_module
from typing import Any

import click

_OURS = ("delay.", "stepfunctions_local.")


class Deferred(click.Command):
    """Stands for a command until it is run: `target` says where it is, as `module:name`.

    `extra` is the extra of the package that has all it needs, for the message where that is not installed.
    """

    def __init__(self, name: str, target: str, short_help: str, extra: str = "cli") -> None:
        super().__init__(name, short_help=short_help)
        self._target = target
        self._extra = extra

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **settings: Any,  # noqa: ANN401 - click's own
    ) -> click.Context:
        """Import the command: what is invoked, asked for help or completed is the command itself."""
        return self.load().make_context(info_name, args, parent, **settings)

    def load(self) -> click.Command:
        """Import the command.

        Raises:
            click.ClickException: something that it needs is not installed.

        """
        module, _, name = self._target.partition(":")
        try:
            command: click.Command = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith(_OURS):
                raise  # nothing that an extra has
            raise click.ClickException(
                f"delay {self.name} needs {error.name}: pip install 'delay[{self._extra}]'"
            ) from error
        return command


_TASKS = (
    Deferred("schedule", "delay.cli.commands.schedule:schedule", "Schedule a task."),
    Deferred("list", "delay.cli.commands.list_tasks:list_tasks", "List tasks."),
    Deferred("show", "delay.cli.commands.show:show", "Show all there is to a task."),
    Deferred("history", "delay.cli.commands.history:history", "Show what has happened to a task."),
    Deferred("wait", "delay.cli.commands.wait:wait", "Wait until a task has ended."),
    Deferred("cancel", "delay.cli.commands.cancel:cancel", "Cancel tasks that wait."),
    Deferred(
        "reschedule", "delay.cli.commands.reschedule:reschedule", "Move a task that waits to another time."
    ),
    Deferred("redrive", "delay.cli.commands.redrive:redrive", "Give a task that failed another try."),
)

_FILES = (
    Deferred("import", "delay.cli.commands.import_tasks:import_tasks", "Schedule the tasks of a file."),
    Deferred("export", "delay.cli.commands.export:export", "Write tasks as a file that import reads."),
)

_BEFOREHAND = (
    Deferred("plan", "delay.cli.commands.plan:plan", "Reckon quotas and cost for a volume of tasks."),
)

_LOCAL = (
    Deferred(
        "local", "delay.cli.commands.local:local", "Run the built application on this machine.", "local"
    ),
    Deferred("demo", "delay.cli.commands.demo:demo", "Run one delayed task on this machine.", "local"),
    Deferred("clock", "delay.cli.commands.clock:clock", "Tell or skip the time of a local endpoint."),
)

_SHELL = (
    Deferred("completion", "delay.cli.commands.completion:completion", "Let the tab key complete commands."),
)

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
