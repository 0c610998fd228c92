"""`delay demo`: runs one delayed task on this computer."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, get_args

import click
from rich.console import Console

from delay._due import LONGEST_DELAY_SECONDS
from delay.aws.connection import connect_local
from delay.aws.store_name import StoreName
from delay.cli.connection import open_delay
from delay.cli.output.countdown import Countdown
from delay.cli.output.history_table import history_table
from delay.cli.output.plain_console import plain_console
from delay.cli.target import Target
from delay.client import Delay
from delay.executions.state_machine import StateMachineArn
from delay.task import Status, Task
from delay.text.cause import format_cause
from stepfunctions_local.application import Addresses, LocalApplication, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.foreground import report_errors
from stepfunctions_local.local_aws.interpreter import INSTALL, find_interpreter
from stepfunctions_local.options import parameters_option, port_options, project_option

SECONDS = 11
"""The delay of the project's first experiment."""


@click.command()
@project_option
@parameters_option
@port_options
@click.option(
    "--store",
    type=click.Choice(get_args(StoreName)),
    default="executions",
    envvar="DELAY_STORE",
    show_default=True,
    help="Where the task waits: as an execution, or in the table.",
)
@click.option(
    "--seconds",
    type=click.IntRange(0, LONGEST_DELAY_SECONDS),
    default=SECONDS,
    show_default=True,
    help="Delay of the task.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def demo(
    *,
    project: Path,
    parameters: dict[str, str],
    port: int,
    lambda_port: int,
    aws_port: int,
    store: StoreName,
    seconds: int,
    debug: bool,
) -> None:
    """Run one delayed task on this computer, and show its events.

    Starts the application from the output of sam build in .aws-sam/build, schedules a task, waits for it,
    shows its output, its lateness and its history, and stops the application.

    \b
    Examples:
      sam build && delay demo
      delay demo --seconds 3 --port 0 --lambda-port 0
      delay demo --store table
    """
    console = plain_console()
    shown = _STORES[store]
    addresses = Addresses(states_port=port, lambda_port=lambda_port, aws_port=aws_port)
    log = io.StringIO()
    given = {**shown.parameters, **parameters}
    application = serve_application(project, Settings(), addresses, parameters=given, log=log)
    with report_errors(debug=debug), in_background(application) as running:
        status = _run_task(console, running, shown, seconds)
    console.print(f"Stopped {'all three' if running.aws_url else 'both'} endpoints.")
    if status is not Status.SUCCEEDED:
        raise click.ClickException(f"{_explain(status)} Output of its function:\n{log.getvalue()}")


def _explain(status: Status) -> str:
    if status.is_open:
        return "The first call failed. The queue would deliver the task again, minutes later."
    return f"The task {status}."


class _CallFailed(Exception):
    """A call of the task failed, and the task is still open: it would be called again."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task


def _run_task(console: Console, running: LocalApplication, shown: "_Store", seconds: int) -> Status:
    """Schedule a task, print its course, and return its status: still RUNNING if its first call failed."""
    for warning in running.warnings:
        console.print(f"Warning: {warning}")
    delay = shown.open(running)
    _print_addresses(console, running, delay.arn)
    task = delay.schedule({"a": 1233333}, after=timedelta(seconds=seconds))
    task_input = json.dumps({"expirydate": seconds, "a": 1233333})
    console.print(f"Started with {task_input}: due at {task.due:%H:%M:%S.%f}"[:-3] + " UTC")
    if not console.is_terminal:
        console.print(f"Waiting until {task.due:%H:%M:%S} UTC ({seconds} s) ...")
    ended = _wait_for_end(console, delay, task)
    events = delay.history(ended)
    _print_result(console, ended, events, shown.describe_lateness(ended, events))
    return ended.status


def _wait_for_end(console: Console, delay: Delay, task: Task) -> Task:
    """Return the task when it has ended, or its first call has failed."""

    def watch(seen: Task) -> None:
        countdown.show(seen)
        if seen.error:
            raise _CallFailed(seen)

    with Countdown(console, delay.clock.now) as countdown:
        try:
            return delay.wait(task, watch=watch)
        except _CallFailed as failed:
            return failed.task


def _print_addresses(console: Console, running: LocalApplication, arn: str) -> None:
    """Print the address of each endpoint, and what is there."""
    machines = list(running.state_machine_arns.values())
    console.print(f"Step Functions  {running.states_url}  {' '.join(machines[:1])}")
    console.print(f"Lambda          {running.lambda_url}  {' '.join(running.function_names)}")
    if running.aws_url:
        table = "" if arn in machines else f"  {arn}"
        console.print(f"DynamoDB, SQS   {running.aws_url}{table}")


def _print_result(
    console: Console, task: Task, events: Sequence[Mapping[str, Any]], lateness: str | None = None
) -> None:
    result = task.cause and format_cause(task.cause)
    if task.status is Status.SUCCEEDED:
        result = json.dumps(task.output, separators=(",", ":"))
    console.print(f"{task.status}  {result}")
    if lateness:
        console.print(lateness)
    console.print(history_table(events), soft_wrap=False)


def _open_executions(running: LocalApplication) -> Delay:
    arn = next(iter(running.state_machine_arns.values()), None)
    if arn is None:
        raise click.ClickException("The template has no state machine to demonstrate.")
    return Delay(arn, connect_local(running.states_url, StateMachineArn.of_arn(arn).region))


def _open_table(running: LocalApplication) -> Delay:
    if running.aws_url:
        return open_delay(Target(is_local=True, store="table", endpoint_url=running.aws_url))
    if find_interpreter() is None:
        raise click.ClickException(f"A table needs ministack on this computer: {INSTALL}")
    raise click.ClickException("No table of the template is served here to demonstrate.")


def _describe_end_of_wait(task: Task, events: Sequence[Mapping[str, Any]]) -> str | None:
    exited = _find_first(events, "WaitStateExited")
    late = exited and (exited - _get_due(task)).total_seconds() * 1000
    return None if late is None else f"Fired {late:.0f} ms after its due time."


def _describe_call(task: Task, events: Sequence[Mapping[str, Any]]) -> str | None:
    """Return how late the call was. A row has whole seconds."""
    called = _find_first(events, "TaskStarted")
    late = called and (called - _get_due(task)).total_seconds()
    return (
        None if late is None else f"Called {late:.0f} s after its due time, with the start of its function."
    )


def _get_due(task: Task) -> datetime:
    return task.due or task.started


def _find_first(events: Sequence[Mapping[str, Any]], kind: str) -> datetime | None:
    return next((event["timestamp"] for event in events if event["type"] == kind), None)


@dataclass(frozen=True, slots=True)
class _Store:
    """How a task of a store is shown. `parameters` are those that the template needs for it."""

    open: Callable[[LocalApplication], Delay]
    describe_lateness: Callable[[Task, Sequence[Mapping[str, Any]]], str | None]
    parameters: Mapping[str, str] = field(default_factory=dict)


_STORES: Final[Mapping[StoreName, _Store]] = {
    "executions": _Store(_open_executions, _describe_end_of_wait),
    "table": _Store(_open_table, _describe_call, {"TaskStore": "both"}),
}
