"""Runs AWS's runtime client in a worker, with the secret that admits this worker to the endpoint.

This is a program of its own. It is started as `python runtime.py HANDLER FOLDER...`, in the worker's
environment and working directory. Modules are imported from the folders too, which are those of layers.

STEPFUNCTIONS_LOCAL_CLOCK, if it is there, names a file that says how far the endpoint's clock is ahead, in
seconds. The handler then sees that clock.

AWS_LAMBDA_RUNTIME_API is HOST:PORT/SECRET. The part of the runtime client that is written in C takes that as
the beginning of a URL. The part in Python, which reports that a handler cannot be loaded, does not.
"""

import os
import sys
import time
from typing import Any


def main() -> None:
    """Run the handler that the command line names."""
    sys.path[:1] = [os.getcwd(), *sys.argv[2:]]  # noqa: PTH109 - as `python -m` writes it
    del sys.argv[2:]
    from awslambdaric import __main__ as runtime  # noqa: PLC0415 - not from this program's folder

    _send_secret()
    if clock := os.environ.pop("STEPFUNCTIONS_LOCAL_CLOCK", None):
        _follow_clock(clock)
    runtime.main(sys.argv)


def _send_secret() -> None:
    """Make the part in Python send the secret."""
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: PLC0415 - likewise

    address, _, secret = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
    call_rapid = LambdaRuntimeClient.call_rapid

    def call_with_secret(client: Any, method: str, path: str, *others: Any, **named: Any) -> None:  # noqa: ANN401 - has no types
        client.lambda_runtime_address = address
        call_rapid(client, method, f"/{secret}{path}", *others, **named)

    LambdaRuntimeClient.call_rapid = call_with_secret


def _follow_clock(file: str) -> None:
    """Set the clock of this process before each invocation."""
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: PLC0415 - likewise

    wait_next_invocation = LambdaRuntimeClient.wait_next_invocation
    skipped = _SkippedClock()

    def wait_and_follow(client: Any) -> Any:  # noqa: ANN401 - has no types
        invocation = wait_next_invocation(client)
        with open(file, encoding="ascii") as reading:  # noqa: PTH123 - pathlib would cost each start more
            ahead_seconds = float(reading.read() or 0)
        skipped.set(ahead_seconds)
        deadline_ms = int(invocation.deadline_time_in_ms)
        invocation.deadline_time_in_ms = deadline_ms + int(ahead_seconds * 1000)
        return invocation

    LambdaRuntimeClient.wait_next_invocation = wait_and_follow


class _SkippedClock:
    """The clock of this process, which is the computer's own until it is set otherwise."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0
        self._travel: Any = None

    def set(self, ahead_seconds: float) -> None:
        """Set how far it is ahead. Nothing is replaced before time is skipped for the first time."""
        if ahead_seconds == self._ahead_seconds:
            return
        import time_machine  # noqa: PLC0415 - rarely needed

        if self._travel:
            self._travel.stop()
        self._travel = time_machine.travel(time.time() + ahead_seconds, tick=True)
        self._travel.start()
        self._ahead_seconds = ahead_seconds


if __name__ == "__main__":
    main()
