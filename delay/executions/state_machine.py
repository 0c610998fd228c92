"""The state machine that tasks are executions of, as its ARN names it."""

import re
from dataclasses import dataclass
from typing import Self

from delay.errors import InvalidStateMachine

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):stateMachine:"
    r"(?P<name>[^:/\s]{1,80})(?::(?P<qualifier>[^:\s]+))?"
)


@dataclass(frozen=True, slots=True)
class StateMachineArn:
    """A state machine. Where the ARN has a version or alias, that is for starting: executions know none."""

    arn: str
    """The ARN to start executions on, as it was given."""
    partition: str
    region: str
    account: str
    name: str

    @classmethod
    def of_arn(cls, arn: str) -> Self:
        """Take an ARN apart.

        Raises:
            InvalidStateMachine: it is not that of a state machine.

        """
        match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
        if match is None:
            raise InvalidStateMachine(
                f"{arn!r} is not the ARN of a state machine: "
                "arn:aws:states:us-east-1:123456789012:stateMachine:NAME is wanted."
            )
        return cls(arn, match["partition"], match["region"], match["account"], match["name"])

    @property
    def unqualified_arn(self) -> str:
        """The ARN without version or alias."""
        return self._arn("stateMachine", self.name)

    def execution_arn(self, name: str) -> str:
        """Return the ARN of the execution with this name: finding a task takes no table."""
        return f"{self._arn('execution', self.name)}:{name}"

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account}:{kind}:{name}"
