"""Runs AWS's runtime client in a worker, with the secret that admits this worker to the endpoint.

This is a program of its own. It is started as `python runtime.py HANDLER FOLDER...`, in the worker's
environment and working directory. Modules are imported from the folders too, which are those of layers.

AWS_LAMBDA_RUNTIME_API is HOST:PORT/SECRET. The part of the runtime client that is written in C takes that as
the beginning of a URL. The part in Python, which reports that a handler cannot be loaded, does not.
"""

import os
import sys
from typing import Any


def main() -> None:
    """Run the handler that the command line names."""
    sys.path[:1] = [os.getcwd(), *sys.argv[2:]]  # noqa: PTH109 - as `python -m` writes it
    del sys.argv[2:]
    from awslambdaric import __main__ as runtime  # noqa: PLC0415 - not from this program's folder

    _send_secret()
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


if __name__ == "__main__":
    main()
