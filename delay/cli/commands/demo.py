"""`delay demo`: runs one delayed task on this computer."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from delay._due import LONGEST_DELAY_SECONDS
from delay.aws.connection import connect_local
from delay.cli.output.countdown import Countdown
from delay.cli.output.history_table import history_table
from delay.cli.output.plain_console import plain_console
from delay.client import Delay
from delay.executions.state_machine import StateMachineArn
from delay.task import Status, Task
from delay.text.cause import format_cause
from stepfunctions_local.application import Addresses, LocalApplication, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.foreground import report_errors
from stepfunctions_local.options import parameters_option, port_options, project_option

SECONDS = 11
"""The delay of the project's first experiment."""


@click.command()
@project_option
@parameters_option
@port_options
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
    """
    console = plain_console()
    addresses = Addresses(states_port=port, lambda_port=lambda_port, aws_port=aws_port)
    log = io.StringIO()
    application = serve_application(project, Settings(), addresses, parameters=parameters, log=log)
    with report_errors(debug=debug), in_background(application) as running:
        status = _run_task(console, running, seconds)
    console.print("Stopped both endpoints.")
    if status != "SUCCEEDED":
        raise click.ClickException(f"The task {status}. Output of its function:\n{log.getvalue()}")


def _run_task(console: Console, running: LocalApplication, seconds: int) -> str:
    """Schedule a task, print its course, and return its status."""
    for warning in running.warnings:
        console.print(f"Warning: {warning}")
    arn = next(iter(running.state_machine_arns.values()), None)
    if arn is None:
        raise click.ClickException("The template has no state machine to demonstrate.")
    console.print(f"Step Functions  {running.states_url}  {arn}")
    console.print(f"Lambda          {running.lambda_url}  {' '.join(running.function_names)}")
    delay = Delay(arn, connect_local(running.states_url, StateMachineArn.of_arn(arn).region))
    task = delay.schedule({"a": 1233333}, after=timedelta(seconds=seconds))
    task_input = json.dumps({"expirydate": seconds, "a": 1233333})
    console.print(f"Started with {task_input}: due at {task.due:%H:%M:%S.%f}"[:-3] + " UTC")
    if not console.is_terminal:
        console.print(f"Waiting until {task.due:%H:%M:%S} UTC ({seconds} s) ...")
    with Countdown(console, delay.clock.now) as countdown:
        ended = delay.wait(task, watch=lambda seen: countdown.show(seen.started, _get_due(seen)))
    _print_result(console, ended, delay.history(ended))
    return ended.status


def _print_result(console: Console, task: Task, events: Sequence[Mapping[str, Any]]) -> None:
    result = task.cause and format_cause(task.cause)
    if task.status is Status.SUCCEEDED:
        result = json.dumps(task.output, separators=(",", ":"))
    console.print(f"{task.status}  {result}")
    for exited in _find_ends_of_waits(events)[:1]:
        console.print(f"Fired {(exited - _get_due(task)).total_seconds() * 1000:.0f} ms after its due time.")
    console.print(history_table(events), soft_wrap=False)


def _get_due(task: Task) -> datetime:
    return task.due or task.started


def _find_ends_of_waits(events: Sequence[Mapping[str, Any]]) -> list[datetime]:
    return [event["timestamp"] for event in events if event["type"] == "WaitStateExited"]
