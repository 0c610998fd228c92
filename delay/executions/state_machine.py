"""The ARN of the state machine whose executions are the tasks."""

import re
from dataclasses import dataclass
from typing import Self

from delay.errors import InvalidRequest, InvalidStateMachine

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):stateMachine:"
    r"(?P<name>[^:/\s]{1,80})(?::(?P<qualifier>[^:\s]+))?"
)

_QUALIFIER = re.compile(r"[0-9A-Za-z_.-]{1,80}")


@dataclass(frozen=True, slots=True)
class StateMachineArn:
    """The ARN of a state machine, parsed.

    A version or alias in the ARN is used to start executions; it is not part of an execution's ARN.
    """

    arn: str
    """The ARN as it was given, which executions are started on."""
    partition: str
    region: str
    account: str
    name: str

    @classmethod
    def of_arn(cls, arn: str) -> Self:
        """Parse an ARN.

        Raises:
            InvalidStateMachine: it is not the ARN of a state machine.

        """
        match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
        if match is None:
            raise InvalidStateMachine(
                f"{arn!r} is not the ARN of a state machine: "
                "arn:aws:states:us-east-1:123456789012:stateMachine:NAME is expected."
            )
        return cls(arn, match["partition"], match["region"], match["account"], match["name"])

    @property
    def unqualified_arn(self) -> str:
        """The ARN without version or alias."""
        return self._build_arn("stateMachine", self.name)

    @property
    def qualifier(self) -> str | None:
        """The version or alias in the ARN."""
        return self.arn[len(self.unqualified_arn) + 1 :] or None

    def with_qualifier(self, qualifier: str) -> Self:
        """Return the ARN of a version, by its number, or of an alias, by its name.

        Raises:
            InvalidRequest: it is neither.

        """
        if not isinstance(qualifier, str) or not _QUALIFIER.fullmatch(qualifier):
            raise InvalidRequest(
                f"{qualifier!r} is neither the number of a version nor the name of an alias: 7 or live, "
                "for example."
            )
        return self.of_arn(f"{self.unqualified_arn}:{qualifier}")

    def execution_arn(self, name: str) -> str:
        """Return the ARN of the execution with this name. So no table is needed to find a task."""
        return f"{self._build_arn('execution', self.name)}:{name}"

    def _build_arn(self, kind: str, name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account}:{kind}:{name}"
