"""The changes that a page can make. Each asks first, and says what the client says if it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from delay.client import Delay
from delay.console.guards import find_status
from delay.console.task_row import LABELS, task_address
from delay.console.task_view import list_actions
from delay.console.web import (
    Console,
    Frame,
    get_console,
    get_key,
    get_machine,
    open_desk,
    redirect,
    render,
    require_writable,
)
from delay.errors import DelayError, DuplicateKey, InvalidDueTime, InvalidKey, InvalidPayload
from delay.task import Task
from delay.text.duration import parse_duration
from delay.text.json_object import parse_object
from delay.text.moment import format_moment, parse_moment

_NOW: Final = timedelta(0)
_FIELDS: Final = {
    InvalidDueTime: "when",
    InvalidPayload: "payload",
    InvalidKey: "key",
    DuplicateKey: "key",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A change of a task: the question before it, the text of its button, and the note after it."""

    question: str
    button: str
    note: str
    change: Callable[[Delay, str, str], object]
    asks_when: bool = False
    is_destructive: bool = False


def _move(delay: Delay, key: str, when: str) -> Task:
    after, at = _parse_due(delay, when)
    return delay.reschedule(key, at=at) if at else delay.reschedule(key, after=after or _NOW)


ACTIONS: Final = {
    "cancel": Action(
        "Cancel this task? Its function will not be called.",
        "Cancel the task",
        "cancelled",
        lambda delay, key, _: delay.cancel(key),
        is_destructive=True,
    ),
    "move": Action("Move this task to another time?", "Move", "moved", _move, asks_when=True),
    "run": Action(
        "Run this task now? Its function is called at once instead of at its due time.",
        "Run now",
        "due",
        lambda delay, key, _: delay.reschedule(key, after=_NOW),
    ),
    "redrive": Action(
        "Redrive this task? Its function is called again.",
        "Redrive",
        "redriven",
        lambda delay, key, _: delay.redrive(key),
    ),
}


def parse_when(text: str) -> tuple[timedelta | None, datetime | None]:
    """Parse a due time: a duration such as 30m, or an RFC 3339 time with its zone. One of the two is None.

    Raises:
        InvalidDueTime: it is neither; the message says what is allowed.

    """
    text = text.strip()
    try:
        return parse_duration(text), None
    except ValueError:
        pass  # it may be a time
    try:
        return None, parse_moment(text)
    except ValueError as error:
        raise InvalidDueTime(
            f"'{text}' is neither a duration nor a time: write 90s, 30m, 2h or 7d, or 2027-06-01T00:00:00Z."
        ) from error


def _parse_due(delay: Delay, text: str) -> tuple[timedelta | None, datetime | None]:
    after, at = parse_when(text)
    if at and at < delay.clock.now():
        raise InvalidDueTime(f"{format_moment(at)} has passed: write 0s to call the function at once.")
    return after, at


async def ask(request: web.Request) -> web.Response:
    """Answer with the question before a change."""
    return await _show_question(request, None)


async def act(request: web.Request) -> web.Response:
    """Make the change, and answer with the task's page, or with the reason why it was refused."""
    console, machine, key = get_console(request), get_machine(request), get_key(request)
    action = _find_action(request)
    form = await request.post()
    when = str(form.get("when", ""))

    def change() -> None:
        _follow_clock(console)
        desk = console.opener.open(machine)
        try:
            action.change(desk.delay, key, when)
        finally:
            desk.source.forget(key)

    try:
        await console.run(change)
    except DelayError as error:
        return await _show_question(request, error, when)
    return redirect(task_address(key, machine), note=action.note)


async def ask_for_task(request: web.Request) -> web.Response:
    """Answer with the form for a new task."""
    return await _show_form(request, None, {})


async def schedule(request: web.Request) -> web.Response:
    """Schedule a task, and answer with its page, or with the reason why it was refused."""
    console, machine = get_console(request), get_machine(request)
    form = await request.post()
    given = {name: str(form.get(name, "")) for name in ("key", "when", "payload")}

    def send() -> Task:
        _follow_clock(console)
        desk = console.opener.open(machine)
        task = _schedule(desk.delay, given)
        desk.source.forget(task.key)
        return task

    try:
        task = await console.run(send)
    except DelayError as error:
        return await _show_form(request, error, given)
    return redirect(task_address(task.key, machine), note="scheduled")


def _schedule(delay: Delay, given: dict[str, str]) -> Task:
    after, at = _parse_due(delay, given["when"])
    payload = _parse_payload(given["payload"])
    key = given["key"].strip() or None
    if at is not None:
        return delay.schedule(payload, at=at, key=key)
    return delay.schedule(payload, after=after or _NOW, key=key)


def _parse_payload(text: str) -> dict[str, object]:
    try:
        return parse_object(text.strip() or "{}")
    except ValueError as error:
        raise InvalidPayload(f"The payload is {error}.") from error


def _follow_clock(console: Console) -> None:
    """Read the local endpoint's clock, so that a delay is counted from the time that it is there."""
    if console.opener.local:
        console.opener.local.read_time()


def _find_action(request: web.Request) -> Action:
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        raise web.HTTPNotFound
    return action


async def _show_question(request: web.Request, error: DelayError | None, when: str = "") -> web.Response:
    console, machine, key = get_console(request), get_machine(request), get_key(request)
    require_writable(console)
    action = _find_action(request)
    frame, task = await console.run(lambda: _read_task(console, machine, key))
    return render(
        request,
        "action.html",
        frame,
        status=find_status(error) if error else 200,
        action=action,
        key=key,
        back=task_address(key, machine),
        task=task,
        status_label=LABELS[task.status],
        is_possible=request.match_info["action"] in dict(list_actions(task)),
        error=str(error) if error else None,
        wrong=_find_field(error),
        when=when,
    )


async def _show_form(request: web.Request, error: DelayError | None, given: dict[str, str]) -> web.Response:
    console, machine = get_console(request), get_machine(request)
    require_writable(console)
    frame, _ = await console.run(lambda: open_desk(console, machine))
    status = find_status(error) if error else 200
    return render(
        request,
        "schedule.html",
        frame,
        status=status,
        given={"key": "", "when": "", "payload": "{}"} | given,
        error=str(error) if error else None,
        wrong=_find_field(error),
    )


def _find_field(error: DelayError | None) -> str | None:
    """Return the field of a form that an error is about; None if it is about none."""
    return next((field for kind, field in _FIELDS.items() if isinstance(error, kind)), None)


def _read_task(console: Console, machine: str | None, key: str) -> tuple[Frame, Task]:
    frame, desk = open_desk(console, machine)
    return frame, desk.delay.get(key)
