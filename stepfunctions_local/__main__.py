"""Entry points of the installed commands. They import the commands late, so that Ctrl-C works at once."""

import sys

_INTERRUPTED = 130
"""The exit code of a command that SIGINT ended, as shells count."""


def stepfunctions_local() -> None:
    """Run `stepfunctions-local`."""
    _run("stepfunctions_local")


def lambda_local() -> None:
    """Run `lambda-local`."""
    _run("lambda_local")


def _run(name: str) -> None:
    try:
        from delay.cli.output.printing import guard_streams  # noqa: PLC0415

        guard_streams()
        from stepfunctions_local import commands  # noqa: PLC0415 - takes most of a second

        getattr(commands, name)()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    stepfunctions_local()
