"""Where the tasks wait that a command works on, as its options and the environment say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from delay.aws.store_name import StoreName
from delay.errors import InvalidRequest
from delay.opening import find_store_name, parse_store_arn

_ARNS: Final[Mapping[str, StoreName]] = {"state_machine_arn": "executions", "table_arn": "table"}
"""The options that take the ARN of a store, and the store of each."""

_PLACES: Final = {"is_local", "stack_name", *_ARNS}
"""The options of which one says where the tasks wait."""


@dataclass(frozen=True, slots=True)
class Target:
    """A store of tasks, such as a state machine, and the endpoint to reach it at.

    Without an ARN or a stack, `is_local` means the local endpoint's own state machine, or its table.
    """

    is_local: bool = False
    stack_name: str | None = None
    store: StoreName | None = None
    state_machine_arn: str | None = None
    table_arn: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @property
    def arn(self) -> str | None:
        """The ARN of the store."""
        return next((arn for name in _ARNS if (arn := getattr(self, name))), None)

    def choose_store(self, flags: Collection[str]) -> StoreName:
        """Return the store that is meant, even if no place is named. `flags` names the options given.

        Raises:
            InvalidRequest: options contradict each other.

        """
        target = self._drop_overridden(_PLACES & set(flags))
        given = [store for name, store in _ARNS.items() if name in flags]
        if len(given) > 1 or (given and "store" in flags and self.store not in given):
            raise InvalidRequest("--store, --state-machine-arn and --table-arn name two stores: name one.")
        found = [store for name, store in _ARNS.items() if getattr(target, name)]
        if given or (target.store is None and found):
            return (given or found)[0]
        return target.store or "executions"

    def resolve(self, flags: Collection[str]) -> "Target":
        """Return a target of which options override the environment. `flags` names the options given.

        Raises:
            InvalidRequest: no place is named, or two, or it is in another Region.

        """
        store = self.choose_store(flags)
        target = _keep_store(self._drop_overridden(_PLACES & set(flags)), store)
        _require_one(target)
        region = _find_region(target)
        if "region" in flags and self.region != region:
            raise InvalidRequest(f"The store is in {region}, not in {self.region}: leave --region out.")
        return replace(target, region=region)

    def _drop_overridden(self, flags: set[str]) -> "Target":
        """Return the target without the parts of the environment that an option contradicts."""
        if not flags:
            return self
        return replace(
            self,
            is_local=self.is_local and ("is_local" in flags or "stack_name" not in flags),
            **dict.fromkeys(_PLACES - flags - {"is_local"}),
        )


def _keep_store(target: Target, store: StoreName) -> Target:
    """Return the target without the ARN of another store, which the environment has.

    Raises:
        InvalidRequest: the environment has the ARNs of two stores, and nothing says which.

    """
    if target.store is None and all(getattr(target, name) for name in _ARNS):
        raise InvalidRequest(
            "DELAY_STATE_MACHINE_ARN and DELAY_TABLE_ARN name two stores: choose by --store or DELAY_STORE."
        )
    others: dict[str, Any] = {name: None for name, named in _ARNS.items() if named != store}
    return replace(target, store=store, **others)


def _require_one(target: Target) -> None:
    if target.stack_name and (target.is_local or target.arn):
        raise InvalidRequest("--stack-name finds the tasks by itself: leave the other options out.")
    if not (target.is_local or target.arn or target.stack_name):
        raise InvalidRequest(
            "Say where the tasks wait: --stack-name, --state-machine-arn, --table-arn or --local "
            "(or DELAY_STACK_NAME, DELAY_STATE_MACHINE_ARN, DELAY_TABLE_ARN, DELAY_LOCAL=1)."
        )


def _find_region(target: Target) -> str | None:
    """Return the Region of the ARN, or else the one that is named."""
    if target.arn is None:
        return target.region
    parsed = parse_store_arn(target.arn)
    if (found := find_store_name(parsed)) != target.store:
        options = {store: name.replace("_", "-") for name, store in _ARNS.items()}
        raise InvalidRequest(f"{target.arn} is given by --{options[found]}.")
    return parsed.region
