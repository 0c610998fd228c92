"""The `delay` command."""

import sys


def main() -> None:
    """Run the command, or say what has to be installed for it."""
    try:
        from delay.cli.main import delay  # noqa: PLC0415 - what imports `delay` as a library needs no CLI
    except ModuleNotFoundError as error:
        sys.exit(f"The delay command needs {error.name}: pip install 'delay[cli]'")
    delay()


if __name__ == "__main__":
    main()
