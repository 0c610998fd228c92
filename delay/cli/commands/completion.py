"""`delay completion`: prints the script that completes commands in a shell."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from delay.cli.output.printing import echo

_KINDS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(list(_KINDS)))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> None:
    """Print the script with which SHELL completes commands, options and files with the tab key.

    Keys are not completed, because finding them takes a call to AWS.

    \b
    Examples:
      eval "$(delay completion bash)"                                      in ~/.bashrc
      eval "$(delay completion zsh)"                                       in ~/.zshrc
      delay completion fish > ~/.config/fish/completions/delay.fish        once
    """
    source = _KINDS[shell](context.find_root().command, {}, "delay", "_DELAY_COMPLETE").source()
    echo(*source.split("\n"))
