"""Where the tasks wait that a command works on, as its options and the environment say."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from delay.errors import InvalidRequest
from delay.opening import parse_store_arn

_ARNS = ("state_machine_arn",)
"""The options that take the ARN of a store."""

_STORES = {"is_local", "stack_name", *_ARNS}
"""The options of which one says where the tasks wait."""

LOCAL_URL = "http://127.0.0.1:8083"
"""The URL of `delay local` on its default port."""


@dataclass(frozen=True, slots=True)
class Target:
    """A store of tasks, such as a state machine, and the endpoint to reach it at.

    Without an ARN or a stack, `is_local` means the local endpoint's own state machine.
    """

    is_local: bool = False
    state_machine_arn: str | None = None
    stack_name: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @property
    def arn(self) -> str | None:
        """The ARN of the store."""
        return next((arn for name in _ARNS if (arn := getattr(self, name))), None)

    def resolve(self, flags: Collection[str]) -> "Target":
        """Return a target of which options override the environment. `flags` names the options given.

        Raises:
            InvalidRequest: no state machine is named, or two, or it is in another Region.

        """
        target = self._drop_overridden(_STORES & set(flags))
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
            **dict.fromkeys(_STORES - flags - {"is_local"}),
        )


def _require_one(target: Target) -> None:
    if target.stack_name and (target.is_local or target.arn):
        raise InvalidRequest("--stack-name finds the state machine by itself: leave the other options out.")
    if not (target.is_local or target.arn or target.stack_name):
        raise InvalidRequest(
            "Say which state machine: --stack-name, --state-machine-arn or --local "
            "(or DELAY_STACK_NAME, DELAY_STATE_MACHINE_ARN, DELAY_LOCAL=1)."
        )


def _find_region(target: Target) -> str | None:
    """Return the Region of the ARN, or else the one that is named."""
    return parse_store_arn(target.arn).region if target.arn else target.region
