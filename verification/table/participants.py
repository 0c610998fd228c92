"""The drain and the sweep of a stack's table, called by their schedules or by hand."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from task_table.cursor import Cursor
from task_table.dynamodb import DynamoDbTable
from task_table.sweep import AGES_SECONDS
from verification.errors import NotAsExpected

if TYPE_CHECKING:
    from verification.removal import Clients
    from verification.stack import DeployedStack

_DRAIN: Final = "TableDrain"
_SWEEP: Final = "TableSweep"

_SETTINGS: Final = (
    "Name",
    "GroupName",
    "Description",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "KmsKeyArn",
    "Target",
)
"""The settings of a schedule, which UpdateSchedule replaces as a whole."""

_PATIENCE_SECONDS: Final = 180
"""Two ticks of a schedule, and one more for the precision of EventBridge Scheduler: a minute."""

_POLL_SECONDS: Final = 1


@dataclass(frozen=True, slots=True)
class Participants:
    """The participants of a stack's table."""

    stack: "DeployedStack"
    clients: "Clients"
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def table_arn(self) -> str:
        """The ARN of the table."""
        return self.stack.outputs["TaskTableArn"]

    @property
    def table(self) -> DynamoDbTable:
        """The table."""
        return DynamoDbTable(self.clients("dynamodb"), self.table_arn.rpartition("/")[2])

    @property
    def call_function_name(self) -> str:
        """The name of the function that due tasks call."""
        return self.stack.outputs["TableCallFunctionName"]

    def drain(self) -> Mapping[str, int]:
        """Call the drain as its schedule does, and return what it reports."""
        return self._call(_DRAIN)

    def sweep(self) -> Mapping[str, int]:
        """Call the sweep in the same way."""
        return self._call(_SWEEP)

    def stop_drain(self) -> None:
        """Disable the schedule of the drain, so that it misses its ticks."""
        self._set_state("DISABLED")

    def resume_drain(self) -> None:
        """Enable the schedule of the drain."""
        self._set_state("ENABLED")

    def read_cursor(self) -> Cursor:
        """Return the cursor of the drain.

        Raises:
            NotAsExpected: there is none.

        """
        if cursor := self.table.get_cursor():
            return cursor
        raise NotAsExpected("The table has no cursor: the drain has never run.")

    def await_drained(self, minute: int) -> None:
        """Wait until the schedule has let the drain send a minute's tasks, counted from 1970."""
        self._await(
            lambda: self.read_cursor().drained > minute,
            f"The drain was not called by its schedule, or did not reach the minute {minute}",
        )

    def await_swept(self) -> None:
        """Wait until the schedule has called the sweep."""
        self._await(
            lambda: all(self.table.get_sweep_cursor(age) for age in AGES_SECONDS),
            "The sweep was not called by its schedule",
        )

    def wait_until(self, second: float) -> None:
        """Wait until a time, in seconds since 1970."""
        self.sleep(max(0.0, second - self.clock()))

    def _await(self, is_reached: Callable[[], bool], complaint: str) -> None:
        deadline = self.clock() + _PATIENCE_SECONDS
        while not is_reached():
            if self.clock() > deadline:
                raise NotAsExpected(f"{complaint} after {_PATIENCE_SECONDS} s.")
            self.sleep(_POLL_SECONDS)

    def _call(self, name: str) -> Mapping[str, int]:
        function = self.stack.find_resource(f"{name}Function")
        answer = self.clients("lambda").invoke(FunctionName=function, Payload=b"{}")
        text = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise NotAsExpected(f"{function} failed: {text}")
        found: Mapping[str, int] = json.loads(text)
        return found

    def _set_state(self, state: str) -> None:
        scheduler = self.clients("scheduler")
        schedule: Mapping[str, Any] = scheduler.get_schedule(
            Name=self.stack.find_resource(f"{_DRAIN}Schedule")
        )
        settings = {name: schedule[name] for name in _SETTINGS if schedule.get(name)}
        scheduler.update_schedule(**settings, State=state)
