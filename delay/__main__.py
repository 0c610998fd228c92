"""The entry point of the `delay` command: it handles Ctrl-C before it imports anything slow."""

import sys

_INTERRUPTED = 130
"""The exit code that shells give a command ended by SIGINT: 128 + 2."""


def main() -> None:
    """Run the command; exit with the name of the extra if a package is missing."""
    try:
        # Users of the library need not have the packages of the command.
        from delay.cli.main import delay  # noqa: PLC0415
        from delay.cli.output.printing import guard_streams  # noqa: PLC0415
        from delay.cli.process import open_missing_streams, run_command  # noqa: PLC0415

        open_missing_streams()
        guard_streams()
        run_command(delay)
    except ModuleNotFoundError as error:
        sys.exit(f"The delay command needs {error.name}: install delayed-tasks with its extra [cli].")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except RuntimeError as error:  # Python 3.11 raises this for a Ctrl-C within __set_name__
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
