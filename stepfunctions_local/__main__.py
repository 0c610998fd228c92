"""Where the commands begin: little is imported before they are ready for a Ctrl-C."""

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
        from stepfunctions_local import cli  # noqa: PLC0415 - takes most of a second

        getattr(cli, name)()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    stepfunctions_local()
