"""The calls to Step Functions: retried while throttled, with errors translated into this package's own."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final

from delay.aws.connection import StepFunctionsClient
from delay.aws.corrected_clock import CorrectedClock, Reading, format_difference
from delay.aws.error import AWS_ERRORS, error_code, find_answer, translate_error
from delay.aws.foreign_endpoint import find_foreign_endpoint
from delay.aws.per_process import PerProcess
from delay.aws.throttling import retry_while_throttled
from delay.errors import InvalidRequest, NoSuchTask, Unreachable
from delay.executions.execution import Execution, Stop
from delay.executions.fresh_input import FreshInput, use_fresh_input
from delay.executions.generation import RETENTION, Generation
from delay.executions.state_machine import StateMachineArn
from delay.many.rate_limit import RateLimiter

_Answer = Mapping[str, Any]

PAGE_SIZE: Final = 1000
"""The largest page of executions or events. Source: ListExecutions in the API Reference."""

_REFUSED_NAME: Final = "what*time?"
_REFUSED_INPUT: Final = "not JSON"
"""Two reasons to refuse a request: an endpoint may overlook one."""

_WRONG_CLOCK_CODES: Final = frozenset({"InvalidSignatureException", "RequestExpired"})
_SIGNATURE_TOLERANCE: Final = timedelta(minutes=4)
"""AWS refuses a signature whose time is over 5 minutes off.

Source: "Elements of an AWS API request signature" in the IAM User Guide.
"""

_ALWAYS_ANSWERED: Final = {
    "StartExecution": {"executionArn", "startDate"},
    "DescribeExecution": {"executionArn", "name", "startDate", "status"},
    "GetExecutionHistory": {"events"},
    "ListExecutions": {"executions"},
    "RedriveExecution": {"redriveDate"},
    "StopExecution": {"stopDate"},
}
"""The members of each answer. botocore takes an answer that was cut off for one without members."""


class NameTaken(Exception):
    """An execution with another input, or one that has ended, has the name. The cause is AWS's error."""


class StepFunctions:
    """Step Functions for the executions of one state machine. Threads may share it.

    `connect` returns the boto3 client. It is called for every request, because a fork changes the client.
    """

    def __init__(
        self,
        connect: Callable[[], StepFunctionsClient],
        machine: StateMachineArn,
        clock: CorrectedClock,
        patience: timedelta,
        describe_limiter: RateLimiter | None = None,
    ) -> None:
        self._connect = connect
        self._machine = machine
        self._clock = clock
        self._patience_seconds = patience.total_seconds()
        self._check_lock = PerProcess(threading.Lock)
        self._describe_limiter = describe_limiter

    @property
    def _sfn(self) -> StepFunctionsClient:
        return self._connect()

    @property
    def region_hint(self) -> str:
        """A sentence for error messages if the client's Region is not the state machine's; else empty."""
        region = self._sfn.meta.region_name
        if region == self._machine.region:
            return ""
        return f" The client is for {region}, and the state machine is in {self._machine.region}."

    def start(self, generation: Generation, fresh_input: FreshInput) -> Execution:
        """Start an execution and return it, or that of the same call made earlier.

        Raises:
            NameTaken: the name belongs to an execution with other input, or to one that has ended.
            ServiceError: any other error.

        """

        def call() -> _Answer:
            with use_fresh_input(fresh_input):
                answer: _Answer = self._sfn.start_execution(
                    stateMachineArn=self._machine.arn, name=generation.name, input=fresh_input.build()
                )
            return answer

        started = self._call("StartExecution", self._machine.arn, call)["startDate"]
        return Execution.of_start(generation, self._build_arn(generation), started, fresh_input.last_input)

    def check_clock(self) -> None:
        """Compare the clock with Step Functions', unless a recent answer has done so.

        The request has a name and an input that Step Functions refuses, so it starts nothing; its answer has
        the date. Of all requests, only StartExecution is permitted to every client that schedules.

        Raises:
            Unreachable: no answer.

        """
        is_real = isinstance(getattr(self._sfn.meta, "endpoint_url", None), str)  # a fake has no endpoint
        if not is_real or self._is_clock_checked():
            return
        with self._check_lock():
            if not self._is_clock_checked():
                self._send_clock_check()

    def _is_clock_checked(self) -> bool:
        return self._clock.correction.is_valid_at(self._clock.read())

    def _send_clock_check(self) -> None:
        sent = self._clock.read()
        answer: _Answer = {}
        try:
            answer = self._sfn.start_execution(
                stateMachineArn=self._machine.arn, name=_REFUSED_NAME, input=_REFUSED_INPUT
            )
        except AWS_ERRORS as error:
            answer = find_answer(error)
            failure = self._translate(error, "StartExecution", self._machine.arn)
            if not answer and isinstance(failure, Unreachable):
                raise failure from error
        else:  # an emulator that validates nothing
            with suppress(*AWS_ERRORS):  # the caller may lack this right; it is the date that counts
                self._sfn.stop_execution(executionArn=answer.get("executionArn"))
        self._clock.correction.compare(sent, self._clock.read(), answer)

    def describe(self, generation: Generation) -> Execution | None:
        """Return an execution, or None if Step Functions does not know it."""
        arn = self._build_arn(generation)
        if self._describe_limiter:
            self._describe_limiter.take()
        try:
            described = self._call(
                "DescribeExecution", arn, lambda: self._sfn.describe_execution(executionArn=arn)
            )
        except NoSuchTask:
            return None
        return Execution.of_description(described)

    def stop(self, generation: Generation, stop: Stop, cause: str) -> None:
        """Stop an execution. One that has ended stays as it is."""
        arn = self._build_arn(generation)
        self._call(
            "StopExecution",
            arn,
            lambda: self._sfn.stop_execution(executionArn=arn, error=stop.value, cause=cause),
        )

    def redrive(self, generation: Generation) -> None:
        """Resume a failed execution in the state in which it failed."""
        arn = self._build_arn(generation)
        self._call("RedriveExecution", arn, lambda: self._sfn.redrive_execution(executionArn=arn))

    def read_history(self, generation: Generation, *, with_payloads: bool) -> Iterator[Mapping[str, Any]]:
        """Yield an execution's events from the first, fetching pages as needed."""
        request = {"executionArn": self._build_arn(generation), "includeExecutionData": with_payloads}
        for page in self._paginate("GetExecutionHistory", self._sfn.get_execution_history, request):
            yield from page["events"]

    def list_executions(self, status_filter: str | None) -> Iterator[list[Mapping[str, Any]]]:
        """Yield pages of executions, the latest first, fetching each when it is needed."""
        request = {"stateMachineArn": self._machine.unqualified_arn}
        if status_filter:
            request["statusFilter"] = status_filter
        for page in self._paginate("ListExecutions", self._sfn.list_executions, request):
            yield page["executions"]

    def find_version(self, machine: StateMachineArn) -> str:
        """Return the ARN of the version that an ARN with a version or an alias names.

        Raises:
            InvalidRequest: a gradual release is under way, so that the alias names two versions.
            NoSuchStateMachine: there is no such alias.

        """
        if (machine.qualifier or "").isdecimal():
            return machine.arn
        alias = self._call(
            "DescribeStateMachineAlias",
            machine.arn,
            lambda: self._sfn.describe_state_machine_alias(stateMachineAliasArn=machine.arn),
        )
        routes = [route for route in alias["routingConfiguration"] if route["weight"]]
        if len(routes) > 1:
            raise InvalidRequest(
                f"The alias {machine.qualifier!r} stands for {len(routes)} versions while a release is "
                "gradual: name one by its number, or wait for the end of the release."
            )
        return str(routes[0]["stateMachineVersionArn"])

    def _paginate(
        self, operation: str, call: Callable[..., Any], request: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        subject = request.get("executionArn") or request["stateMachineArn"]
        token: dict[str, str] = {}
        while True:
            page: Mapping[str, Any] = self._call(
                operation, subject, partial(call, maxResults=PAGE_SIZE, **request, **token)
            )
            yield page
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}

    def _call(self, operation: str, subject: str, call: Callable[[], _Answer]) -> _Answer:
        """Make a call, and retry it while it is throttled and the client's patience lasts."""
        return retry_while_throttled(
            lambda: self._call_once(operation, subject, call), self._clock, self._patience_seconds
        )

    def _call_once(self, operation: str, subject: str, call: Callable[[], _Answer]) -> _Answer:
        sent = self._clock.read()
        try:
            return _require_complete(operation, self._compare_clocks(sent, call()))
        except AWS_ERRORS as error:
            self._compare_clocks(sent, find_answer(error))
            raise self._translate(error, operation, subject) from error

    def _compare_clocks(self, sent: Reading, answer: _Answer) -> _Answer:
        if answer:
            self._clock.correction.compare(sent, self._clock.read(), answer)
        return answer

    def _translate(self, error: Exception, operation: str, subject: str) -> Exception:
        code = error_code(error)
        if code == "ExecutionDoesNotExist":
            return NoSuchTask(
                f"There is no execution {subject}. Step Functions forgets it {RETENTION.days} days after its "
                f"end.{self.region_hint}"
            )
        if code == "ExecutionAlreadyExists":
            return NameTaken(subject)
        failure = translate_error(error, f"states:{operation}", subject, find_foreign_endpoint(self._sfn))
        hint = self._clock_hint if code in _WRONG_CLOCK_CODES else ""
        return type(failure)(f"{failure}{self.region_hint}{hint}")

    @property
    def _clock_hint(self) -> str:
        offset = self._clock.correction.offset
        if abs(offset) < _SIGNATURE_TOLERANCE:
            return ""
        return f" This computer's clock is {format_difference(offset)} AWS's: set it."

    def _build_arn(self, generation: Generation) -> str:
        return self._machine.execution_arn(generation.name)


def _require_complete(operation: str, answer: _Answer) -> _Answer:
    if missing := _ALWAYS_ANSWERED.get(operation, set()) - answer.keys():
        raise Unreachable(
            f"states:{operation} got an incomplete answer, without {', '.join(sorted(missing))}: the "
            "connection ended too early. Try again, with the same key."
        )
    return answer
