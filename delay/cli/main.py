"""The root of the `delay` command, and its subcommands."""

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

_OWN_PACKAGES = ("delay.", "stepfunctions_local.")


class LazyCommand(click.Command):
    """A command that is imported only when it runs. `target` names it as `module:name`.

    `extra` is the extra that installs what the command needs. A message names it if something is missing.
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
        """Import the command, so that it is the command itself that runs, shows help and is completed."""
        return self.load().make_context(info_name, args, parent, **settings)

    def load(self) -> click.Command:
        """Import the command.

        Raises:
            click.ClickException: a package that the command needs is not installed.

        """
        module, _, name = self._target.partition(":")
        try:
            command: click.Command = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            self.name_extra(error)
            raise
        return command

    def name_extra(self, error: ModuleNotFoundError) -> None:
        """Raise an error that names the extra with a missing package, unless no extra installs it."""
        if not (error.name or "").startswith(_OWN_PACKAGES):
            raise click.ClickException(
                f"delay {self.name} needs {error.name}: install delayed-tasks with its extra [{self._extra}]."
            ) from error


_TASKS = (
    LazyCommand("schedule", "delay.cli.commands.schedule:schedule", "Schedule a task."),
    LazyCommand("list", "delay.cli.commands.list_tasks:list_tasks", "List tasks."),
    LazyCommand("count", "delay.cli.commands.count:count", "Count tasks by their status."),
    LazyCommand("show", "delay.cli.commands.show:show", "Show a task in full."),
    LazyCommand("history", "delay.cli.commands.history:history", "Show the events of a task."),
    LazyCommand("wait", "delay.cli.commands.wait:wait", "Wait until a task has ended."),
    LazyCommand("cancel", "delay.cli.commands.cancel:cancel", "Cancel waiting tasks."),
    LazyCommand(
        "reschedule",
        "delay.cli.commands.reschedule:reschedule",
        "Move waiting tasks to another time or version.",
    ),
    LazyCommand("redrive", "delay.cli.commands.redrive:redrive", "Call the functions of failed tasks again."),
    LazyCommand("console", "delay.cli.commands.console:console", "Show tasks in a browser.", "console"),
)

_FILES = (
    LazyCommand("import", "delay.cli.commands.import_tasks:import_tasks", "Schedule the tasks of a file."),
    LazyCommand("export", "delay.cli.commands.export:export", "Write tasks in a form that import reads."),
)

_BACKUPS = (
    LazyCommand(
        "rewind", "delay.cli.commands.rewind:rewind", "Continue with a table that was restored from a backup."
    ),
)

_PLANNING = (
    LazyCommand("plan", "delay.cli.commands.plan:plan", "Check quotas and cost for a volume of tasks."),
)

_LOCAL = (
    LazyCommand(
        "local", "delay.cli.commands.local:local", "Run the built application on this computer.", "local"
    ),
    LazyCommand("demo", "delay.cli.commands.demo:demo", "Run one delayed task on this computer.", "local"),
    LazyCommand("clock", "delay.cli.commands.clock:clock", "Show or skip the time of a local endpoint."),
    LazyCommand("logs", "delay.cli.commands.logs:logs", "Show the log of a local state machine."),
)

_SHELL = (
    LazyCommand(
        "completion", "delay.cli.commands.completion:completion", "Print the script for tab completion."
    ),
)

_SECTIONS = {
    "Tasks": _TASKS,
    "Files of tasks": _FILES,
    "Backups": _BACKUPS,
    "Before building": _PLANNING,
    "Without an AWS account": _LOCAL,
    "Your shell": _SHELL,
}
"""The subcommands, in the order of the help."""


class Sections(click.Group):
    """A group whose help lists its commands by purpose instead of alphabetically."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        """Run a command, which may import packages only when it needs them."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            command = self.commands.get(ctx.invoked_subcommand or "")
            if isinstance(command, LazyCommand):
                command.name_extra(error)
            raise

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before the command; those of a command are refused with their place."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if not error.possibilities:
                error.message += ". Options follow the command, as in: delay list --local"
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one that was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if similar := get_close_matches(args[0], self.commands, 1):
                error.message += f" Did you mean {similar[0]}?"
            raise

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a table for each section, with columns of one width."""
        width = max(map(len, self.commands))
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{command.name:{width}}", command.get_short_help_str(60)) for command in commands]
                )


@click.command(
    cls=Sections,
    commands=[command for commands in _SECTIONS.values() for command in commands],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="delayed-tasks", prog_name="delay")
def delay() -> None:
    """Call a Lambda function later, on AWS or on this computer.

    \b
    Examples:
      delay local    # runs the application on this computer, until Ctrl-C
      delay schedule '{"order": 42}' --in 7d --key order-42-confirm --local
      delay list --due-within 1h --local
      delay cancel order-42-confirm --stack-name delayed-tasks
    """
