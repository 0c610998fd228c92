"""The commands behind `make rehearse`, `make verify-aws` and `make delete`."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from delay import DelayError
from delay.cli.errors import ExitCode
from delay.cli.output.plain_console import plain_console
from verification.account import Account, Verification
from verification.commands import Commands
from verification.environment import isolate_process
from verification.errors import VerificationError
from verification.rehearsal import NOT_PROVED, Rehearsal
from verification.removal import delete_stack
from verification.sam import Sam
from verification.steps import Steps
from verification.workspace import workspace

_PROJECT = Path(__file__).parents[1]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Deploy the application with the real sam, use it, break it, mend it and delete it."""
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, _exit)


def _exit(number: int, _frame: object) -> NoReturn:
    """Exit by an exception, so that no process is left running."""
    raise SystemExit(128 + number)


@contextmanager
def _report_errors() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except (VerificationError, DelayError, BotoCoreError, ClientError, OSError) as error:
        raise click.ClickException(str(error)) from error


_folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".rehearsal"),
    show_default=True,
    help="Folder for the build and the logs.",
)


@main.command()
@click.option(
    "--ministack",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Command of the local AWS, installed by `make rehearse`.",
)
@_folder_option
def rehearse(*, ministack: Path, folder: Path) -> None:
    """Rehearse in a local AWS: no account, no Docker."""
    isolate_process()
    with _report_errors(), workspace(folder) as run:
        # The path is not resolved: the target of a symbolic link may not find its libraries.
        Rehearsal(_PROJECT, run, ministack.absolute(), Steps(plain_console())).run()
    click.echo("\nNot proved:")
    for line in NOT_PROVED:
        click.echo(f"  - {line}")
    _print_log_path(folder)


def _validate_stack_name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][-A-Za-z0-9]{0,127}", name):
        raise click.BadParameter(f"'{name}' must be a letter and up to 127 more letters, digits and hyphens.")
    return name


@main.command()
@click.option("--profile", metavar="NAME", help="Profile of the AWS CLI.")
@click.option("--region", metavar="NAME", help="Region. Default: that of the environment or the profile.")
@click.option(
    "--stack-name",
    metavar="NAME",
    callback=_validate_stack_name,
    default=lambda: f"delayed-tasks-verify-{uuid4().hex[:8]}",
    show_default="delayed-tasks-verify- and eight characters",
    help="Name of the stack, which must not exist yet.",
)
@click.option(
    "--tasks",
    type=click.IntRange(2, 1000),
    default=100,
    show_default=True,
    help="Number of tasks to measure, due over a minute.",
)
@click.option("--yes", is_flag=True, help="Deploy without asking.")
@_folder_option
def aws(
    *, profile: str | None, region: str | None, stack_name: str, tasks: int, yes: bool, folder: Path
) -> None:
    """Verify on your own account: deploy, test, measure, print the cost, delete.

    \b
    Examples:
      python -m verification aws --region eu-west-1
      python -m verification aws --profile sandbox --yes
    """
    with _report_errors():
        account = _find_account(profile, region)
        click.echo(f"Account {account.number}, Region {account.region}, stack {stack_name}.")
        if not yes:
            question = "The stack costs some cents, and is deleted at the end. Deploy it now?"
            click.confirm(question, abort=True)
        with workspace(folder) as run:
            Verification(account, stack_name, _sam(account, run), Steps(plain_console()), tasks).run()
    _print_log_path(folder)


@main.command()
@click.option("--profile", metavar="NAME", help="Profile of the AWS CLI.")
@click.option("--region", metavar="NAME", help="Region. Default: that of the environment or the profile.")
@click.option(
    "--stack-name", metavar="NAME", callback=_validate_stack_name, required=True, help="Name of the stack."
)
@click.option("--yes", is_flag=True, help="Delete without asking.")
@_folder_option
def delete(*, profile: str | None, region: str | None, stack_name: str, yes: bool, folder: Path) -> None:
    """Delete a stack, and what `sam delete` retains of it for waiting tasks.

    \b
    Example:
      python -m verification delete --stack-name delayed-tasks --region eu-west-1
    """
    with _report_errors():
        account = _find_account(profile, region)
        click.echo(f"Account {account.number}, Region {account.region}, stack {stack_name}.")
        if not yes:
            click.confirm("Its waiting tasks end, and are not called. Delete it now?", abort=True)
        with workspace(folder) as run:
            delete_stack(stack_name, _sam(account, run), account.client)


def _find_account(profile: str | None, region: str | None) -> Account:
    named = region or os.environ.get("AWS_REGION")
    return Account(boto3.Session(profile_name=profile, region_name=named))


def _sam(account: Account, run: Path) -> Sam:
    commands = Commands(_PROJECT, run / "commands.log", account.variables, account.credentials)
    return Sam(commands, run / "build", account.region)


def _print_log_path(folder: Path) -> None:
    click.echo(f"\nThe output of the commands is in {folder / 'run' / 'commands.log'}.")


if __name__ == "__main__":
    main()
