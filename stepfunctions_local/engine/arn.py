"""Amazon Resource Names of state machines and executions."""

import re
from dataclasses import dataclass

from stepfunctions_local.engine.errors import InvalidArn

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[^:]*):(?P<account>[^:]*):(?P<kind>[^:]+):(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True)
class ExecutionArn:
    """The parts of an execution's ARN that differ from one execution to another."""

    state_machine_name: str
    name: str


@dataclass(frozen=True, slots=True)
class Arns:
    """Makes the ARNs of one account in one Region."""

    region: str = "us-east-1"
    account: str = "123456789012"

    def state_machine(self, name: str) -> str:
        """Return the ARN of a state machine."""
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{name}"

    def execution(self, state_machine_name: str, name: str) -> str:
        """Return the ARN of an execution."""
        return f"arn:aws:states:{self.region}:{self.account}:execution:{state_machine_name}:{name}"


def state_machine_of(arn: str) -> str:
    """Return the name that a state machine's ARN ends in, with its qualifier where it has one.

    Raises:
        InvalidArn: it is no ARN, or one of something else.

    """
    return _rest(arn, "stateMachine")


def execution_of(arn: str) -> ExecutionArn:
    """Take an execution's ARN apart.

    Raises:
        InvalidArn: it is no ARN, or one of something else.

    """
    machine, _, name = _rest(arn, "execution").partition(":")
    if not name:
        raise InvalidArn(f"Invalid ARN: {arn}")
    return ExecutionArn(machine, name)


def _rest(arn: str, kind: str) -> str:
    match = _ARN.fullmatch(arn)
    if not match:
        raise InvalidArn(f"Invalid ARN prefix: {arn}")
    if match["kind"] != kind:
        raise InvalidArn(f"Resource type not valid in this context: {match['kind']}")
    return match["rest"]
