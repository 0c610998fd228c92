"""Commands that are imported when they are run, so that `delay --help` does not wait for all of them."""

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
