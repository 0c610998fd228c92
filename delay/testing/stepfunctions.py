"""A fake of boto3's client for Step Functions, for tests to pass to Delay."""

import heapq
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from delay.executions.generation import RETENTION
from delay.executions.redrivable import REDRIVABLE
from delay.executions.state_machine import StateMachineArn
from delay.testing.clock import FakeClock
from delay.testing.execution import FakeExecution
from delay.testing.fake import Fake
from delay.testing.function import Function, no_function
from delay.testing.model import STEP_FUNCTIONS, aws_error, check, client_meta, exceptions

STATE_MACHINE_ARN: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


class FakeStepFunctions(Fake):
    """Step Functions with one state machine, in memory, by a clock that the test moves.

    It has the methods of boto3's client that Delay uses, with boto3's own validation and exceptions. Every
    change that is due has happened when a method returns or `calls` is read. As on AWS, executions are
    forgotten 90 days after their end.

    Its aliases stand for version 1, until `publish` moves them to the next.

    `function` is called by due tasks, with an event and a context like a Lambda handler.
    `call_duration` is how long a call takes.
    `lag` is how long DescribeExecution does not show a change: on AWS it is eventually consistent.
    `quota` is how many executions may be open.
    """

    def __init__(
        self,
        function: Function = no_function,
        *,
        clock: FakeClock | None = None,
        call_duration: timedelta = timedelta(0),
        lag: timedelta = timedelta(0),
        quota: int = 1_000_000,
    ) -> None:
        super().__init__(function, clock)
        self.state_machine_arn = STATE_MACHINE_ARN
        self.exceptions = exceptions(STEP_FUNCTIONS)
        self.meta = client_meta("us-east-1")
        self._machine = StateMachineArn.of_arn(STATE_MACHINE_ARN)
        self._call_duration = call_duration
        self._lag = lag
        self._quota = quota
        self._executions: dict[str, FakeExecution] = {}
        self._changes: list[tuple[datetime, int, FakeExecution]] = []
        self._numbers = itertools.count()
        self._version = 1

    def publish(self) -> int:
        """Publish another version of the state machine, move its aliases to it, and return its number.

        The function stays the same. Executions keep the version that they were started on.
        """
        self._version += 1
        return self._version

    def start_execution(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - checked against the model
        """Start an execution, or return the one that the same request has started."""
        with self._handle("start_execution", request):
            machine = StateMachineArn.of_arn(request["stateMachineArn"])
            if machine.unqualified_arn != self.state_machine_arn:
                raise aws_error(
                    "start_execution",
                    "StateMachineDoesNotExist",
                    f"State Machine Does Not Exist: '{machine.arn}'",
                )
            arn = machine.execution_arn(request["name"])
            execution = self._find(arn)
            if execution is None:
                execution = self._start(arn, request["input"], self._find_version(machine))
            elif execution.status != "RUNNING" or execution.input != request["input"]:
                raise aws_error(
                    "start_execution", "ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'"
                )
            return {"executionArn": arn, "startDate": execution.started}

    def describe_execution(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Describe an execution."""
        with self._handle("describe_execution", request):
            execution = self._require("describe_execution", request["executionArn"])
            visible_until = self.clock.now() - self._lag
            if execution.started > visible_until:
                raise _build_absent_error("describe_execution", execution.arn)
            return _build_description(execution, visible_until)

    def describe_state_machine_alias(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Describe an alias: each stands for the latest version."""
        with self._handle("describe_state_machine_alias", request):
            alias = StateMachineArn.of_arn(request["stateMachineAliasArn"])
            version = self._find_version(alias)
            route = {"stateMachineVersionArn": f"{alias.unqualified_arn}:{version}", "weight": 100}
            return {
                "stateMachineAliasArn": alias.arn,
                "name": alias.qualifier,
                "routingConfiguration": [route],
            }

    def stop_execution(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Stop an execution."""
        with self._handle("stop_execution", request):
            execution = self._require("stop_execution", request["executionArn"])
            execution.stop(self.clock.now(), request.get("error"), request.get("cause"))
            return {"stopDate": execution.stopped}

    def redrive_execution(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Resume a failed execution."""
        with self._handle("redrive_execution", request):
            execution = self._require("redrive_execution", request["executionArn"])
            now = self.clock.now()
            if (
                execution.status == "SUCCEEDED"
                or not execution.stopped
                or now - execution.stopped > REDRIVABLE
            ):
                raise aws_error("redrive_execution", "ExecutionNotRedrivable", "Execution is not redrivable")
            execution.redrive(now)
            self._queue_change(execution)
            return {"redriveDate": now}

    def list_executions(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Return a page of executions, the latest first: open ones by start or redrive, ended ones by end."""
        with self._handle("list_executions", request):
            status = request.get("statusFilter")
            found = [each for each in self._executions.values() if status in {None, each.status}]
            found.reverse()
            found.sort(key=lambda each: each.stopped or each.redriven or each.started, reverse=True)
            summaries = [_build_summary(each) for each in found if self._find(each.arn)]
            return _build_page("executions", summaries, request)

    def get_execution_history(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Return a page of an execution's events."""
        with self._handle("get_execution_history", request):
            events = self._require("get_execution_history", request["executionArn"]).events
            return _build_page("events", events[:: -1 if request.get("reverseOrder") else 1], request)

    @contextmanager
    def _handle(self, method: str, request: dict[str, Any]) -> Iterator[None]:
        check(method, request)
        with self._carry_out(method):
            yield

    def _find_version(self, machine: StateMachineArn) -> int | None:
        """Return the version that an ARN names, by its number or by an alias; None if it names none."""
        qualifier = machine.qualifier
        if qualifier is None:
            return None
        return int(qualifier) if qualifier.isdecimal() else self._version

    def _start(self, arn: str, input_text: str, version: int | None) -> FakeExecution:
        if self._is_full():
            raise aws_error("start_execution", "ExecutionLimitExceeded", "Too many executions are open")
        execution = FakeExecution(arn, input_text, self.clock.now(), version=version)
        self._executions.pop(arn, None)  # so that the latest one comes last
        self._executions[arn] = execution
        self._queue_change(execution)
        return execution

    def _is_full(self) -> bool:
        if len(self._executions) < self._quota:
            return False
        return sum(each.status == "RUNNING" for each in self._executions.values()) >= self._quota

    def _find(self, arn: str) -> FakeExecution | None:
        execution = self._executions.get(arn)
        if execution and execution.stopped and self.clock.now() - execution.stopped >= RETENTION:
            return None
        return execution

    def _require(self, method: str, arn: str) -> FakeExecution:
        execution = self._find(arn)
        if execution is None:
            raise _build_absent_error(method, arn)
        return execution

    def _queue_change(self, execution: FakeExecution) -> None:
        if execution.changes_at is not None:
            heapq.heappush(self._changes, (execution.changes_at, next(self._numbers), execution))

    def _catch_up(self) -> None:
        """Apply all changes that are due, in order of time."""
        while self._changes and self._changes[0][0] <= self.clock.now():
            moment, _, execution = heapq.heappop(self._changes)
            if execution.changes_at == moment:  # it was not stopped meanwhile
                call = execution.apply_change(self._function, self._call_duration)
                self._calls += [call] if call else []
                self._queue_change(execution)

    def _build_error(self, operation: str, code: str) -> Exception:
        return aws_error(operation, code, "As the test asked for.")


def _build_absent_error(method: str, arn: str) -> Exception:
    return aws_error(method, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def _build_description(execution: FakeExecution, visible_until: datetime) -> dict[str, Any]:
    description = _build_summary(execution) | {"input": execution.input, "redriveCount": execution.redrives}
    if execution.stopped and execution.stopped > visible_until:
        del description["stopDate"]
        return description | {"status": "RUNNING"}
    texts = {"output": execution.output, "error": execution.error, "cause": execution.cause}
    return description | {name: text for name, text in texts.items() if text is not None}


def _build_summary(execution: FakeExecution) -> dict[str, Any]:
    summary = {
        "executionArn": execution.arn,
        "stateMachineArn": STATE_MACHINE_ARN,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started,
    }
    if execution.version:
        summary["stateMachineVersionArn"] = f"{STATE_MACHINE_ARN}:{execution.version}"
    return summary | ({"stopDate": execution.stopped} if execution.stopped else {})


def _build_page(name: str, items: Sequence[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    start, size = int(request.get("nextToken", 0)), request.get("maxResults", 100)
    page: dict[str, Any] = {name: list(items[start : start + size])}
    return page | ({"nextToken": str(start + size)} if start + size < len(items) else {})
