"""A service with the policy for those that only schedule: it schedules, and is refused everything else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from delay import Delay
from delay.aws.error import AWS_ERRORS, translate_error
from delay.errors import DelayError, NotPermitted
from verification.errors import NotAsExpected
from verification.rendering import STATE_MACHINE_OUTPUT

_PAYLOAD: Final = {"rehearsal": True}
_SOON: Final = timedelta(seconds=1)

Attempt = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class SchedulingService:
    """A service that uses a stack. `connect` returns a client of an AWS service with its rights."""

    stack_name: str
    outputs: Mapping[str, str]
    connect: Callable[[Any], Any]

    def schedule(self, key: str) -> str:
        """Schedule a task that is due soon, and return the ARN of its execution."""
        return self._delay.schedule(_PAYLOAD, after=_SOON, key=key).arn

    def require_no_other_right(self, key: str) -> None:
        """Raise NotAsExpected unless everything else is refused, even with the service's own task."""
        outcomes = {name: _try(attempt) for name, attempt in self._list_attempts(key)}
        if allowed := {name: outcome for name, outcome in outcomes.items() if outcome}:
            raise NotAsExpected(f"DelaySchedulerPolicy does not refuse to: {allowed}")

    def _list_attempts(self, key: str) -> Iterator[Attempt]:
        delay = self._delay
        yield "compare its task with another of the same key", lambda: self._schedule_another(delay, key)
        yield "read its task", lambda: delay.get(key)
        yield "read its history", lambda: delay.history(key)
        yield "cancel it", lambda: delay.cancel(key)
        yield "move it", lambda: delay.reschedule(key, after=_SOON)
        yield "redrive it", lambda: delay.redrive(key)
        yield "list tasks", lambda: list(delay.list())
        yield "count them", delay.count
        yield from self._list_calls(delay.arn, f"{delay.arn.replace(':stateMachine:', ':execution:')}:{key}")
        yield "find the stack", self._find_stack
        yield "read dead letters", self._read_dead_letters
        yield "schedule in the table", lambda: self._in_table.schedule(_PAYLOAD, after=_SOON, key=key)
        yield "read the table", lambda: self._in_table.get(key)

    def _list_calls(self, machine_arn: str, execution_arn: str) -> Iterator[Attempt]:
        """Yield calls of Step Functions itself: the client makes some of them only after another."""
        sfn = self.connect("stepfunctions")
        yield "StopExecution", lambda: sfn.stop_execution(executionArn=execution_arn)
        yield "RedriveExecution", lambda: sfn.redrive_execution(executionArn=execution_arn)
        yield "GetExecutionHistory", lambda: sfn.get_execution_history(executionArn=execution_arn)
        yield (
            "StartExecution of another state machine",
            lambda: sfn.start_execution(stateMachineArn=f"{machine_arn}-of-others"),
        )
        yield "DescribeStateMachine", lambda: sfn.describe_state_machine(stateMachineArn=machine_arn)

    def _schedule_another(self, delay: Delay, key: str) -> object:
        return delay.schedule({**_PAYLOAD, "another": True}, after=_SOON, key=key)

    def _read_dead_letters(self) -> object:
        return list(self._delay.dead_letters(self.outputs["DeadLetterQueueUrl"], self.connect("sqs")).look())

    def _find_stack(self) -> Delay:
        return Delay.from_stack(
            self.stack_name, cloudformation=self.connect("cloudformation"), sfn=self.connect("stepfunctions")
        )

    @property
    def _delay(self) -> Delay:
        return Delay(self.outputs[STATE_MACHINE_OUTPUT], sfn=self.connect("stepfunctions"))

    @property
    def _in_table(self) -> Delay:
        return Delay(self.outputs["TaskTableArn"], dynamodb=self.connect("dynamodb"), sqs=self.connect("sqs"))


def _try(attempt: Callable[[], object]) -> str | None:
    """Return what an attempt has led to; None if it was refused for lack of a right."""
    try:
        return f"it has returned {attempt()}"
    except NotPermitted:
        return None
    except AWS_ERRORS as error:
        failure = translate_error(error, "the call", "its resource")
        return None if isinstance(failure, NotPermitted) else str(failure)
    except DelayError as error:
        return f"{type(error).__name__}: {error}"
