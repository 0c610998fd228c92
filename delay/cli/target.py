"""Which state machine a command is about, as options and the environment say."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from delay.errors import InvalidRequest
from delay.executions.state_machine import StateMachineArn

LOCAL_URL = "http://127.0.0.1:8083"
"""Where `delay local` listens, unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Target:
    """A state machine, and where it is asked for.

    Without a state machine or a stack, `is_local` means the one that the local endpoint has.
    """

    is_local: bool = False
    state_machine_arn: str | None = None
    stack_name: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    def chosen(self, flags: Collection[str]) -> "Target":
        """Let options win over what the environment says; `flags` names those that were given as options.

        Raises:
            InvalidRequest: no state machine is named, two are, or it is in another Region.

        """
        target = self._without_overruled({"is_local", "state_machine_arn", "stack_name"} & set(flags))
        _check_one(target)
        region = (
            StateMachineArn.of_arn(target.state_machine_arn).region
            if target.state_machine_arn
            else self.region
        )
        if "region" in flags and self.region != region:
            raise InvalidRequest(
                f"The state machine is in {region}, not in {self.region}: leave --region out."
            )
        return replace(target, region=region)

    def _without_overruled(self, flags: set[str]) -> "Target":
        """Leave out of the environment what an option speaks against."""
        if not flags:
            return self
        named = flags & {"state_machine_arn", "stack_name"}
        return replace(
            self,
            is_local=self.is_local and ("is_local" in flags or "stack_name" not in flags),
            state_machine_arn=self.state_machine_arn if "state_machine_arn" in named else None,
            stack_name=self.stack_name if "stack_name" in named else None,
        )


def _check_one(target: Target) -> None:
    if target.stack_name and (target.is_local or target.state_machine_arn):
        raise InvalidRequest("--stack-name finds the state machine by itself: leave the other options out.")
    if not (target.is_local or target.state_machine_arn or target.stack_name):
        raise InvalidRequest(
            "Say which state machine: --stack-name, --state-machine-arn or --local "
            "(or DELAY_STACK_NAME, DELAY_STATE_MACHINE_ARN, DELAY_LOCAL=1)."
        )
