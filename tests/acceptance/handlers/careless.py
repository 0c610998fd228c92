"""Handlers that misbehave, each in one way."""

import os
import signal
import time
from datetime import UTC, datetime


def raising(_: object, __: object) -> None:
    message = "the order does not exist"
    raise ValueError(message)


def not_json(_: object, __: object) -> object:
    return datetime.now(UTC)


def over_6_mb(_: object, __: object) -> str:
    return "x" * 6_291_555


def sleeping(_: object, __: object) -> None:
    time.sleep(600)


def killing_itself(_: object, __: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def megabyte(_: object, __: object) -> str:
    print("x" * 1_000_000)  # noqa: T201 - what is tested
    return "written"


def echo(event: object, _: object) -> object:
    return event


def reporting(event: str, _: object) -> None:
    """Fork a child in its own session, write both process ids to the file `event`, and sleep."""
    child = os.fork()
    if child == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
    with open(f"{event}.part", "w", encoding="ascii") as file:  # noqa: PTH123 - as a handler would
        file.write(f"{os.getpid()} {child}")
    os.rename(f"{event}.part", event)  # noqa: PTH104 - as a handler would
    time.sleep(600)
