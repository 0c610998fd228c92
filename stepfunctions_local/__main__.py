"""Entry points of the installed commands. They import the commands late, so that Ctrl-C works at once."""

import sys

_INTERRUPTED = 130
"""The exit code of a command that SIGINT ended, as shells count."""

_OWN_PACKAGES = ("delay.", "stepfunctions_local.")


def stepfunctions_local() -> None:
    """Run `stepfunctions-local`."""
    _run("stepfunctions_local")


def lambda_local() -> None:
    """Run `lambda-local`."""
    _run("lambda_local")


def _run(name: str) -> None:
    """Run a command; exit with the name of the extra if a package is missing."""
    try:
        from delay.cli.output.printing import guard_streams  # noqa: PLC0415 - takes most of a second
        from delay.cli.process import open_missing_streams, run_command  # noqa: PLC0415 - likewise

        open_missing_streams()
        guard_streams()
        from stepfunctions_local import commands  # noqa: PLC0415 - likewise

        run_command(getattr(commands, name))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(_OWN_PACKAGES):
            raise  # no extra installs it
        command = name.replace("_", "-")
        sys.exit(f"{command} needs {error.name}: install delayed-tasks with its extra [local].")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except RuntimeError as error:  # Python 3.11 raises this for a Ctrl-C within __set_name__
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    stepfunctions_local()
