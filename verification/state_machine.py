"""Takes a state machine over from the local AWS, whose Step Functions knows no redrive."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from delay.connection import connect_local
from delay.machine import StateMachine
from verification.commands import BIN, Commands
from verification.errors import LocalAwsFailed

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_END_SECONDS = 10


@contextmanager
def taken_over(
    state_machine_arn: str, there: "SFNClient", lambda_url: str, commands: Commands
) -> Iterator[str]:
    """Serve a state machine by the same ARN and with the same definition, and yield where.

    Raises:
        LocalAwsFailed: stepfunctions-local did not start.

    """
    machine = StateMachine.of_arn(state_machine_arn)
    deployed = there.describe_state_machine(stateMachineArn=state_machine_arn)
    with _stepfunctions_local(machine, lambda_url, commands) as url:
        here = connect_local(url, machine.region)
        here.create_state_machine(  # type: ignore[attr-defined] # Delay needs less of a client than there is
            name=deployed["name"], definition=deployed["definition"], roleArn=deployed["roleArn"]
        )
        yield url


@contextmanager
def _stepfunctions_local(machine: StateMachine, lambda_url: str, commands: Commands) -> Iterator[str]:
    with (
        commands.log.open("a", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603 - a command of this project
            [
                *(BIN / "stepfunctions-local", "--in-memory", "--port", "0"),
                *("--aws-account", machine.account, "--aws-region", machine.region),
                *("--lambda-endpoint", lambda_url),
            ],
            env=commands.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            encoding="utf-8",
        ) as process,
    ):
        try:
            yield _url(process)
        finally:
            process.terminate()
            process.wait(_END_SECONDS)


def _url(process: subprocess.Popen[str]) -> str:
    said = process.stdout.readline() if process.stdout else ""
    found = re.search(r"http://\S+", said)
    if found is None:
        raise LocalAwsFailed("stepfunctions-local did not start: the log says why.")
    return found[0]
