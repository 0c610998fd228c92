"""Takes a state machine over from the local AWS, whose Step Functions has no redrive."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from delay.aws.connection import connect_local
from delay.executions.state_machine import StateMachineArn
from verification.background import in_background
from verification.commands import BIN, Commands

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient


@contextmanager
def take_over(state_machine_arn: str, sfn: "SFNClient", lambda_url: str, commands: Commands) -> Iterator[str]:
    """Serve a state machine with the same ARN and definition locally, and yield the URL.

    Raises:
        LocalAwsFailed: stepfunctions-local did not start.

    """
    machine = StateMachineArn.of_arn(state_machine_arn)
    deployed = sfn.describe_state_machine(stateMachineArn=state_machine_arn)
    account = ("--aws-account", machine.account, "--aws-region", machine.region)
    with in_background(
        *(str(BIN / "stepfunctions-local"), "--in-memory", "--port", "0"),
        *(*account, "--lambda-endpoint", lambda_url),
        folder=commands.log.parent,
        environment=commands.environment,
        ready=_find_url,
    ) as url:
        local_sfn = connect_local(url, machine.region)
        local_sfn.create_state_machine(  # type: ignore[attr-defined] # Delay's type of client has fewer operations
            name=deployed["name"], definition=deployed["definition"], roleArn=deployed["roleArn"]
        )
        yield url


def _find_url(log: str) -> str | None:
    found = re.search(r"http://\S+", log)
    return found and found[0]
