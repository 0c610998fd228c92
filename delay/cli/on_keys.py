"""What the commands have in common that change several tasks, one after the other."""

from collections.abc import Callable, Iterable

from delay.cli.exit_code import ExitCode
from delay.cli.plain_errors import Failure
from delay.errors import DelayError, ServiceError


def on_each_key(keys: Iterable[str], change: Callable[[str], object]) -> None:
    """Change one task after the other; one that cannot be changed is told of, and does not keep the others.

    The command ends with the code of the first failure then.
    """
    failures = []
    for key in keys:
        try:
            change(key)
        except ServiceError:
            raise
        except DelayError as error:
            failures.append(Failure(error))
            failures[-1].show()
    if failures:
        raise SystemExit(ExitCode(failures[0].exit_code))
