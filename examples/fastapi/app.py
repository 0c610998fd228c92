"""A web service that confirms an order in a week, unless it is cancelled: docs/how-to/async.md.

DELAY_STATE_MACHINE_ARN=arn:aws:states:... uvicorn app:app --workers 4
"""

import os
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import anyio
from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse

from delay import Delay, DelayError, DuplicateKey, NoSuchTask, ServiceError, Status, TooLate

AT_ONCE = 16
"""Orders that a request reads at the same time: slow ones leave threads for other requests."""

LONGEST_READ_SECONDS = 5

CODES = {NoSuchTask: 404, DuplicateKey: 409, TooLate: 409, ServiceError: 503}

app = FastAPI()

# One for each process, shared by its threads. It sends nothing before its first use.
# While AWS throttles, a request is answered after 2 seconds, not after 90.
delay = Delay(os.environ["DELAY_STATE_MACHINE_ARN"], patience=timedelta(seconds=2))


def key_of(order: int) -> str:
    """Return the key of an order's task: a repeated request finds the same task."""
    return f"order-{order}-confirm"


@app.post("/orders/{order}", status_code=202)
def confirm_later(order: int) -> datetime:
    """Schedule the confirmation. FastAPI runs a `def` in a thread, so it may block."""
    return delay.schedule({"order": order}, after=timedelta(days=7), key=key_of(order)).due


@app.delete("/orders/{order}")
def cancel(order: int) -> Status:
    """Cancel the confirmation."""
    return delay.cancel(key_of(order)).status


@app.get("/orders")
async def read_statuses(order: Annotated[list[int], Query()]) -> list[Status]:
    """Return the statuses of several confirmations, which are read at the same time.

    An `async def` must not block, so each call is made in a thread. At the deadline the request is answered,
    and a thread that still waits ends with its call.
    """
    found: dict[int, Status] = {}
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def read(number: int) -> None:
        get = partial(delay.get, key_of(number))
        found[number] = (await anyio.to_thread.run_sync(get, abandon_on_cancel=True, limiter=limiter)).status

    with anyio.fail_after(LONGEST_READ_SECONDS):
        async with anyio.create_task_group() as group:
            for number in order:
                group.start_soon(read, number)
    return [found[number] for number in order]


@app.exception_handler(DelayError)
def explain(_request: Request, error: DelayError) -> JSONResponse:
    """Answer with the error's message and the status code of its kind."""
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), 400)
    return JSONResponse({"error": str(error)}, code)


@app.exception_handler(TimeoutError)
def give_up(_request: Request, _error: TimeoutError) -> JSONResponse:
    """Answer that AWS was too slow."""
    return JSONResponse({"error": "Step Functions did not answer in time: try again."}, 504)
