"""The calls to Step Functions: retried while throttled, with errors told in this package's words."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from delay.aws.connection import StepFunctionsClient
from delay.aws.error import AWS_ERRORS, error_code, told
from delay.clock import Clock
from delay.errors import NoSuchTask, Throttled
from delay.executions.execution import Execution, Stop
from delay.executions.fresh_input import FreshInput, renew_inputs, with_fresh_input
from delay.executions.generation import Generation
from delay.executions.state_machine import StateMachineArn

T = TypeVar("T")

_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 20.0
_PAGE = 1000
"""The most executions or events in a page. Source: ListExecutions in the API Reference."""


class NameTaken(Exception):
    """An execution with other input, or one that has ended, has the name. The cause is what AWS answered."""


class StepFunctions:
    """Step Functions, for the executions of one state machine. Threads may share it."""

    def __init__(
        self, sfn: StepFunctionsClient, machine: StateMachineArn, clock: Clock, patience: timedelta
    ) -> None:
        self._sfn = sfn
        self._machine = machine
        self._clock = clock
        self._patience_seconds = patience.total_seconds()
        renew_inputs(sfn)

    @property
    def elsewhere(self) -> str:
        """What to add to an error where the client asks another Region than the state machine's."""
        region = self._sfn.meta.region_name
        if region == self._machine.region:
            return ""
        return f" The client is for {region}, and the state machine is in {self._machine.region}."

    def start(self, generation: Generation, fresh_input: FreshInput) -> Execution:
        """Start an execution, or find the one that the same call has started before.

        Raises:
            NameTaken: the name belongs to an execution with other input, or to one that has ended.
            ServiceError: any other error.

        """

        def call() -> datetime:
            with with_fresh_input(fresh_input.task_input):
                answer: Mapping[str, datetime] = self._sfn.start_execution(
                    stateMachineArn=self._machine.arn, name=generation.name, input=fresh_input.task_input()
                )
            return answer["startDate"]

        started = self._ask("StartExecution", self._machine.arn, call)
        return Execution.started_now(generation, self._arn(generation), started, fresh_input.last_input)

    def describe(self, generation: Generation) -> Execution | None:
        """Return an execution, or None if Step Functions does not know it."""
        arn = self._arn(generation)
        try:
            described = self._ask(
                "DescribeExecution", arn, lambda: self._sfn.describe_execution(executionArn=arn)
            )
        except NoSuchTask:
            return None
        return Execution.of(described)

    def stop(self, generation: Generation, stop: Stop, cause: str) -> None:
        """End an execution; one that has ended stays as it is."""
        arn = self._arn(generation)
        self._ask(
            "StopExecution",
            arn,
            lambda: self._sfn.stop_execution(executionArn=arn, error=stop.value, cause=cause),
        )

    def redrive(self, generation: Generation) -> None:
        """Let a failed execution go on from the state in which it failed."""
        arn = self._arn(generation)
        self._ask("RedriveExecution", arn, lambda: self._sfn.redrive_execution(executionArn=arn))

    def history(self, generation: Generation, *, with_payloads: bool) -> Iterator[Mapping[str, Any]]:
        """Yield an execution's events from the first on, page by page as they are asked for."""
        question = {"executionArn": self._arn(generation), "includeExecutionData": with_payloads}
        for page in self._pages("GetExecutionHistory", self._sfn.get_execution_history, question):
            yield from page["events"]

    def pages_of_executions(self, status_filter: str | None) -> Iterator[list[Mapping[str, Any]]]:
        """Yield pages of executions, the latest first, as they are asked for."""
        question = {"stateMachineArn": self._machine.unqualified_arn}
        if status_filter:
            question["statusFilter"] = status_filter
        for page in self._pages("ListExecutions", self._sfn.list_executions, question):
            yield page["executions"]

    def _pages(
        self, operation: str, call: Callable[..., Any], question: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        subject = question.get("executionArn") or question["stateMachineArn"]
        token: dict[str, str] = {}
        while True:
            page: Mapping[str, Any] = self._ask(
                operation, subject, partial(call, maxResults=_PAGE, **question, **token)
            )
            yield page
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}

    def _ask(self, operation: str, subject: str, call: Callable[[], T]) -> T:
        """Make a call, again and again while it is throttled and patience is left."""
        deadline = self._clock.monotonic() + self._patience_seconds
        backoff_seconds = _FIRST_BACKOFF_SECONDS
        while True:
            try:
                return call()
            except AWS_ERRORS as error:
                failure = self._told(error, operation, subject)
                if not isinstance(failure, Throttled) or self._clock.monotonic() + backoff_seconds > deadline:
                    raise failure from error
            # Spread, so that many who were throttled together do not come back together.
            self._clock.sleep(random.uniform(backoff_seconds / 2, backoff_seconds))  # noqa: S311 - no secret
            backoff_seconds = min(backoff_seconds * 2, _LONGEST_BACKOFF_SECONDS)

    def _told(self, error: Exception, operation: str, subject: str) -> Exception:
        code = error_code(error)
        if code == "ExecutionDoesNotExist":
            return NoSuchTask(
                f"There is no execution {subject}. Step Functions forgets it 90 days after its end."
                f"{self.elsewhere}"
            )
        if code == "ExecutionAlreadyExists":
            return NameTaken(subject)
        failure = told(error, f"states:{operation}", subject)
        return type(failure)(f"{failure}{self.elsewhere}")

    def _arn(self, generation: Generation) -> str:
        return self._machine.execution_arn(generation.name)
