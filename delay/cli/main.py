"""The command's root and its subcommands."""

from importlib import import_module

import click

_COMMANDS = {
    "clock": "delay.cli.clock",
    "demo": "delay.cli.demo",
    "local": "delay.cli.local",
}


class Commands(click.Group):
    """Imports a subcommand when it is asked for: what needs an extra must not keep others from running."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Name the subcommands."""
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import a subcommand, or stand in for it where its extra is not installed."""
        if name not in _COMMANDS:
            return None
        try:
            command: click.Command = getattr(import_module(_COMMANDS[name]), name)
        except ModuleNotFoundError as error:
            return _missing(name, error)
        return command


def _missing(name: str, error: ModuleNotFoundError) -> click.Command:
    reason = f"delay {name} needs {error.name}: pip install 'delay[local]'"

    def refuse() -> None:
        raise click.ClickException(reason)

    return click.Command(name, callback=refuse, short_help="Needs the extra delay[local].")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="delay", prog_name="delay")
def delay() -> None:
    """Delayed tasks on AWS Step Functions.

    \b
    Examples:
      delay local     run the built application on this machine until Ctrl-C
      delay demo      run one delayed task from beginning to end
      delay clock     skip time where delay local runs
    """  # noqa: D301 - click wants the character itself
