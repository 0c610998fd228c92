"""Handlers for the endpoint under test, one for each kind of behaviour."""

import os
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any

LONGER_THAN_ANY_TIMEOUT_SECONDS = 600


def echo(event: object, _: object) -> object:
    return event


def none(_: object, __: object) -> None:
    return None


def plain_text(_: object, __: object) -> str:
    return "plain text"


def greek(_: object, __: object) -> str:
    return "αβγ"


def raising(_: object, __: object) -> None:
    message = "the order does not exist"
    raise ValueError(message)


def not_json(_: object, __: object) -> object:
    return datetime.now(UTC)


def too_long(_: object, __: object) -> str:
    return "x" * 6_291_555  # with its quotes one byte too long


def longest(_: object, __: object) -> str:
    return "x" * 6_291_554


def sleeping(event: dict[str, Any], _: object) -> int:
    time.sleep(event.get("seconds", LONGER_THAN_ANY_TIMEOUT_SECONDS))
    return os.getpid()


def exiting(event: int, _: object) -> None:
    sys.exit(event)


def leaving(event: int, _: object) -> None:
    os._exit(event)


def killing_itself(_: object, __: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def megabyte(event: dict[str, Any], _: object) -> str:
    stream = sys.stderr if event.get("stderr") else sys.stdout
    stream.write("x" * 1_000_000)
    return "written"


def printing(_: object, __: object) -> None:
    print("to standard output")  # noqa: T201 - what is tested
    print("to standard error", file=sys.stderr)  # noqa: T201 - what is tested


def environment(_: object, __: object) -> dict[str, Any]:
    return {"variables": dict(os.environ), "folder": os.getcwd(), "path": sys.path}  # noqa: PTH109 - as a handler would


def context(_: object, given: Any) -> dict[str, Any]:
    custom = given.client_context.custom if given.client_context else None
    return {
        "arn": given.invoked_function_arn,
        "custom": custom,
        "id": given.aws_request_id,
        "remaining_ms": given.get_remaining_time_in_millis(),
        "name": given.function_name,
        "version": given.function_version,
        "memory": given.memory_limit_in_mb,
        "trace": os.environ["_X_AMZN_TRACE_ID"],
    }


def leaving_a_file(event: str, _: object) -> None:
    with open(event, "w", encoding="utf-8") as file:  # noqa: PTH123 - as a handler would
        file.write("done")
