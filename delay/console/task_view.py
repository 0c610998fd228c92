"""A task as its page shows it, with its course."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from delay.console.desk import Desk, is_in_table
from delay.console.format import format_countdown, format_span
from delay.console.graph import Graph, Node, graph_of_way, read_graph
from delay.console.port import CallLog, LocalPort
from delay.console.task_row import task_address
from delay.console.timeline import MOST_SPANS, Drawing, draw, read_spans, spans_of_task
from delay.console.way import Way, read_way
from delay.task import Status, Task
from delay.text.cause import format_cause

_CALLS = frozenset({"TaskStarted", "LambdaFunctionStarted"})


@dataclass(frozen=True, slots=True)
class TaskView:
    """The contents of the page of a task.

    `lateness` is the time from its due time to the first call of its function.
    `events` are how many its history has. `undrawn` are how many later spans the drawings leave out.
    """

    task: Task
    address: str
    machine: str | None
    left: str | None
    lateness: str | None
    cause: str | None
    actions: tuple[tuple[str, str], ...]
    drawings: tuple[Drawing, ...]
    graph: Graph
    way: Way
    logs: tuple[CallLog, ...]
    events: int
    undrawn: int = 0

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table, which has no state machine."""
        return is_in_table(self.task.arn)

    @property
    def graph_json(self) -> str:
        """The graph and the way, for the script that draws them."""
        return self.graph.describe(self.way)

    @property
    def states(self) -> list[tuple[Node, str]]:
        """The states, each with what became of it."""
        return self.graph.list_states(self.way)


def read_task(desk: Desk, local: LocalPort | None, key: str, now: datetime, machine: str | None) -> TaskView:
    """Read a task and its history. It may block, and raise a DelayError."""
    read = desk.source.read_task(key)
    task, events = read.task, read.events
    definition = local.find_definition(task.arn) if local and not desk.is_table else None
    graph = read_graph(definition) if definition else None
    logs = local.read_logs(task) if local else ()
    return build_view(task, events, graph, now=now, logs=logs, machine=machine)


def build_view(
    task: Task,
    events: Any,  # noqa: ANN401 - as GetExecutionHistory returns them
    graph: Graph | None,
    *,
    now: datetime,
    logs: tuple[CallLog, ...] = (),
    machine: str | None = None,
) -> TaskView:
    """Return the view of a task at a time. Without a graph, its way is one."""
    way = read_way(events, task.status)
    spans = read_spans(events) or spans_of_task(task, _find_call(events))
    return TaskView(
        task=task,
        address=task_address(task.key, machine),
        machine=machine,
        left=format_countdown(task.due - now) if task.due and task.status is Status.WAITING else None,
        lateness=_measure_lateness(task, events),
        cause=format_cause(task.cause) if task.cause else None,
        actions=tuple(list_actions(task)),
        drawings=draw(spans[:MOST_SPANS], task.due, now),
        undrawn=len(spans[MOST_SPANS:]),
        graph=graph or graph_of_way(way),
        way=way,
        logs=logs,
        events=len(events),
    )


def _measure_lateness(task: Task, events: Any) -> str | None:  # noqa: ANN401 - as above
    called = _find_call(events)
    if called is None or task.due is None:
        return None
    return format_span(max(called - task.due, timedelta(0)))


def _find_call(events: Any) -> datetime | None:  # noqa: ANN401 - as above
    """Return when the function was first called; of a task in a table, when it was last called."""
    return next((event["timestamp"] for event in events if event["type"] in _CALLS), None)


def list_actions(task: Task) -> list[tuple[str, str]]:
    """Return the changes that are possible, each with its button's text."""
    if task.status is Status.WAITING:
        return [("run", "Run now"), ("move", "Move"), ("cancel", "Cancel")]
    if task.status in {Status.FAILED, Status.TIMED_OUT}:
        return [("redrive", "Redrive")]
    return []
