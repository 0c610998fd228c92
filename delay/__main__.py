"""Where the `delay` command begins: little is imported before it is ready for a Ctrl-C."""

import sys

_INTERRUPTED = 130
"""The exit code of a command that SIGINT ended, as shells count."""


def main() -> None:
    """Run the command, or say what has to be installed for it."""
    try:
        from delay.cli.main import delay  # noqa: PLC0415 - what imports `delay` as a library needs no CLI

        delay()
    except ModuleNotFoundError as error:
        sys.exit(f"The delay command needs {error.name}: pip install 'delay[cli]'")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
