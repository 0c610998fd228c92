"""The state machine that a command works on, as its options and the environment name it."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from delay.errors import InvalidRequest
from delay.executions.state_machine import StateMachineArn

LOCAL_URL = "http://127.0.0.1:8083"
"""The URL of `delay local` on its default port."""


@dataclass(frozen=True, slots=True)
class Target:
    """A state machine, and the endpoint to reach it at.

    Without a state machine or a stack, `is_local` means the local endpoint's own state machine.
    """

    is_local: bool = False
    state_machine_arn: str | None = None
    stack_name: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    def resolve(self, flags: Collection[str]) -> "Target":
        """Return a target of which options override the environment. `flags` names the options given.

        Raises:
            InvalidRequest: no state machine is named, or two, or it is in another Region.

        """
        target = self._drop_overridden({"is_local", "state_machine_arn", "stack_name"} & set(flags))
        _require_one(target)
        region = _find_region(target)
        if "region" in flags and self.region != region:
            raise InvalidRequest(
                f"The state machine is in {region}, not in {self.region}: leave --region out."
            )
        return replace(target, region=region)

    def _drop_overridden(self, flags: set[str]) -> "Target":
        """Return the target without the parts of the environment that an option contradicts."""
        if not flags:
            return self
        return replace(
            self,
            is_local=self.is_local and ("is_local" in flags or "stack_name" not in flags),
            state_machine_arn=self.state_machine_arn if "state_machine_arn" in flags else None,
            stack_name=self.stack_name if "stack_name" in flags else None,
        )


def _require_one(target: Target) -> None:
    if target.stack_name and (target.is_local or target.state_machine_arn):
        raise InvalidRequest("--stack-name finds the state machine by itself: leave the other options out.")
    if not (target.is_local or target.state_machine_arn or target.stack_name):
        raise InvalidRequest(
            "Say which state machine: --stack-name, --state-machine-arn or --local "
            "(or DELAY_STACK_NAME, DELAY_STATE_MACHINE_ARN, DELAY_LOCAL=1)."
        )


def _find_region(target: Target) -> str | None:
    """Return the Region of the ARN, or else the one that is named."""
    arn = target.state_machine_arn
    return StateMachineArn.of_arn(arn).region if arn else target.region
