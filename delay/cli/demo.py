"""`delay demo`: one delayed task, from beginning to end, on this machine."""

import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import click
from botocore.config import Config
from rich.console import Console

from delay.cli.countdown import count_down
from delay.cli.history_table import history_table
from stepfunctions_local.application import Addresses, LocalApplication, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.command import parameters_option, port_type, project_option, told_plainly
from stepfunctions_local.engine.engine import Settings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

SECONDS = 11
"""What the project's first experiment waited."""

MAX_SECONDS = 31_449_600
"""364 days: an execution lives one year at most, its Task and retries included."""

PIPE_WIDTH = 120
"""Columns where there is no terminal to ask."""


@click.command()
@project_option
@parameters_option
@click.option("--port", type=port_type, default=8083, show_default=True, help="Port of Step Functions.")
@click.option("--lambda-port", type=port_type, default=3001, show_default=True, help="Port of Lambda.")
@click.option(
    "--seconds",
    type=click.IntRange(0, MAX_SECONDS),
    default=SECONDS,
    show_default=True,
    help="How long the task waits.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def demo(
    *, project: Path, parameters: dict[str, str], port: int, lambda_port: int, seconds: int, debug: bool
) -> None:
    """Run one delayed task on this machine and show what happened.

    Starts the application that sam build has left in .aws-sam/build, schedules a task, waits until it is due,
    shows its output, its lateness and its history, and stops everything.

    \b
    Examples:
      sam build && delay demo
      delay demo --seconds 3 --port 0 --lambda-port 0
    """  # noqa: D301 - click wants the character itself
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    # What is printed may hold brackets and colons of its own: markup and emoji stay off.
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
    addresses = Addresses(states_port=port, lambda_port=lambda_port)
    log = io.StringIO()
    application = serve_application(project, Settings(), addresses, parameters=parameters, log=log)
    with told_plainly(debug=debug), in_background(application) as running:
        status = _run(console, running, seconds)
    console.print("Stopped both endpoints.")
    if status != "SUCCEEDED":
        raise click.ClickException(f"The task {status}. What its function printed:\n{log.getvalue()}")


def _run(console: Console, running: LocalApplication, seconds: int) -> str:
    for warning in running.warnings:
        console.print(f"Warning: {warning}")
    arn = next(iter(running.state_machine_arns.values()), None)
    if arn is None:
        raise click.ClickException("The template has no state machine that a demonstration could start.")
    console.print(f"Step Functions  {running.states_url}  {arn}")
    console.print(f"Lambda          {running.lambda_url}  {' '.join(running.function_names)}")
    sfn = _client(running.states_url)
    task_input = json.dumps({"expirydate": seconds, "a": 1233333})
    started = sfn.start_execution(stateMachineArn=arn, input=task_input)
    due = started["startDate"].astimezone(UTC) + timedelta(seconds=seconds)
    console.print(f"Started with {task_input}: due at {due:%H:%M:%S.%f}"[:-3] + " UTC")
    count_down(console, started["startDate"], due, lambda: _has_ended(sfn, started["executionArn"]))
    return _report(console, sfn, started["executionArn"], due)


def _report(console: Console, sfn: "SFNClient", execution_arn: str, due: datetime) -> str:
    described = sfn.describe_execution(executionArn=execution_arn)
    events = sfn.get_execution_history(executionArn=execution_arn, maxResults=1000)["events"]
    console.print(f"{described['status']}  {described.get('output') or described.get('cause')}")
    for exited in _ends_of_waits(events)[:1]:
        console.print(f"Fired {(exited - due).total_seconds() * 1000:.0f} ms after its due time.")
    console.print(history_table(events), soft_wrap=False)
    return described["status"]


def _ends_of_waits(events: Sequence[Any]) -> list[datetime]:
    return [event["timestamp"] for event in events if event["type"] == "WaitStateExited"]


def _has_ended(sfn: "SFNClient", execution_arn: str) -> bool:
    return sfn.describe_execution(executionArn=execution_arn)["status"] != "RUNNING"


def _client(url: str) -> "SFNClient":
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",  # noqa: S106 - the local endpoint does not check signatures
        config=Config(proxies={}),  # one in the environment is for other machines
    )
