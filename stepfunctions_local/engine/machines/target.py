"""The target of StartExecution: a state machine, one of its versions, or one of its aliases."""

from dataclasses import dataclass
from random import Random

from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version


@dataclass(frozen=True, slots=True)
class Target:
    """A state machine, and the version or alias that the ARN names."""

    machine: StateMachine
    version: Version | None = None
    alias: Alias | None = None

    def choose_version(self, random: Random) -> Version | None:
        """Return the version that the next execution runs; None if it runs the present revision."""
        return self.machine.versions[self.alias.choose(random)] if self.alias else self.version

    @property
    def main_version(self) -> Version | None:
        """The version that most executions run; None if they run the present revision."""
        return self.machine.versions[self.alias.main_version] if self.alias else self.version
