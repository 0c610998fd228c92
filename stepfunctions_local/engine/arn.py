"""Amazon Resource Names of state machines, executions and activities."""

import re
from dataclasses import dataclass, field

from stepfunctions_local.account import Account
from stepfunctions_local.engine.errors import InvalidArn, ValidationException

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[^:]*):(?P<account>[^:]*):(?P<kind>[^:]+):(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True)
class StateMachineArn:
    """The variable parts of a state machine's ARN. The qualifier is a version or an alias."""

    name: str
    qualifier: str | None = None

    @property
    def version(self) -> int | None:
        """The number of the version that the ARN names; None if it names none."""
        digits = self.qualifier and self.qualifier.isascii() and self.qualifier.isdecimal()
        return int(self.qualifier) if self.qualifier and digits else None


@dataclass(frozen=True, slots=True)
class ExecutionArn:
    """The variable parts of an execution's ARN."""

    state_machine_name: str
    name: str


@dataclass(frozen=True, slots=True)
class MapRunArn:
    """The variable parts of a Map Run's ARN."""

    state_machine_name: str
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Arns:
    """Builds the ARNs of one account in one Region."""

    account: Account = field(default_factory=Account)

    def state_machine(self, name: str, qualifier: str | int | None = None) -> str:
        """Return the ARN of a state machine, or of one of its versions or aliases."""
        arn = self.account.arn("states", f"stateMachine:{name}")
        return arn if qualifier is None else f"{arn}:{qualifier}"

    def map_run(self, state_machine_name: str, label: str, name: str) -> str:
        """Return the ARN of a Map Run."""
        return self.account.arn("states", f"mapRun:{state_machine_name}/{label}:{name}")

    def execution(self, state_machine_name: str, name: str, uuid: str | None = None) -> str:
        """Return the ARN of an execution. An Express execution has a `uuid`, since its name is not unique."""
        if uuid is None:
            return self.account.arn("states", f"execution:{state_machine_name}:{name}")
        return self.account.arn("states", f"express:{state_machine_name}:{name}:{uuid}")

    def activity(self, name: str) -> str:
        """Return the ARN of an activity."""
        return self.account.arn("states", f"activity:{name}")


def state_machine_of(arn: str) -> StateMachineArn:
    """Parse the ARN of a state machine, a version or an alias.

    Raises:
        InvalidArn: it is not an ARN, or not of that kind.
        ValidationException: it names a Map state by its label.

    """
    name, _, qualifier = _parse_resource(arn, "stateMachine").partition(":")
    if "/" in name:
        raise ValidationException(
            f"The ARN of a Map state is not supported here, only that of its state machine: '{arn}'",
            "API_DOES_NOT_SUPPORT_LABELED_ARNS",
        )
    return StateMachineArn(name, qualifier or None)


def execution_of(arn: str) -> ExecutionArn:
    """Parse an execution's ARN.

    Raises:
        InvalidArn: it is not an ARN, or not of that kind.

    """
    machine, _, name = _parse_resource(arn, "execution").partition(":")
    if not name:
        raise InvalidArn(f"Invalid ARN: {arn}")
    return ExecutionArn(machine, name)


def activity_of(arn: str) -> str:
    """Return the name in an activity's ARN.

    Raises:
        InvalidArn: it is not an ARN, or not of that kind.

    """
    return _parse_resource(arn, "activity")


def is_of_activity(arn: str) -> bool:
    """Whether this is the ARN of an activity."""
    match = _ARN.fullmatch(arn)
    return match is not None and match["kind"] == "activity"


def map_run_of(arn: str) -> MapRunArn:
    """Parse a Map Run's ARN.

    Raises:
        InvalidArn: it is not an ARN, or not of that kind.

    """
    machine, _, name = _parse_resource(arn, "mapRun").partition(":")
    machine_name, _, label = machine.partition("/")
    if not (machine_name and label and name):
        raise InvalidArn(f"Invalid ARN: {arn}")
    return MapRunArn(machine_name, label, name)


def _parse_resource(arn: str, kind: str) -> str:
    match = _ARN.fullmatch(arn)
    if not match:
        raise InvalidArn(f"Invalid ARN prefix: {arn}")
    if match["kind"] != kind:
        raise InvalidArn(f"Resource type not valid in this context: {match['kind']}")
    return match["rest"]
