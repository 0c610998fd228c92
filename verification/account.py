"""The verification on an account: the template as it is, on AWS itself, deleted at the end in any case."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3

from delay import Delay
from delay.aws_error import AWS_ERRORS, told
from delay.machine import StateMachine
from delay.planning.facts import Facts
from verification import story
from verification.bill import bill_of
from verification.errors import NoRegion, StackExists
from verification.lateness import measure_lateness
from verification.release import Release
from verification.sam import Sam
from verification.stack import Stack
from verification.steps import Steps
from verification.tasks import Tasks

_QUEUE_PATIENCE_SECONDS: Final = 180
"""EventBridge delivers within seconds as a rule, and promises no time."""

_SUITE: Final = "tests/contract/stack"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is, and the Region: as the credentials of the caller say."""

    session: boto3.Session

    @property
    def number(self) -> str:
        """Ask AWS whose credentials these are.

        Raises:
            ServiceError: there are none, or AWS does not accept them.

        """
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except AWS_ERRORS as error:
            raise told(error, "sts:GetCallerIdentity", "whoever asks") from error

    @property
    def region(self) -> str:
        """The Region that everything happens in.

        Raises:
            NoRegion: none is named.

        """
        if self.session.region_name is None:
            raise NoRegion("Say in which Region: --region eu-west-1, or AWS_DEFAULT_REGION.")
        return str(self.session.region_name)

    @property
    def variables(self) -> dict[str, str]:
        """Let commands use the same credentials and Region."""
        # sam reads only the second name, and `delay` would rather have the first.
        region = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        profile = self.session.profile_name
        return region | ({"AWS_PROFILE": profile} if profile != "default" else {})

    def client(self, service: Any) -> Any:  # noqa: ANN401 - boto3 has an overload for each service
        """Make a client."""
        return self.session.client(service, region_name=self.region)


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification: a stack of its own, which is deleted even if a step fails."""

    account: Account
    stack_name: str
    sam: Sam
    steps: Steps
    tasks: int

    def run(self) -> None:
        """Go through all steps.

        Raises:
            StackExists: there is such a stack, which is somebody's.
            VerificationError: a step failed.

        """
        if self._stack.is_there:
            raise StackExists(
                f"There is a stack {self.stack_name} already, and it is left alone: name another."
            )
        with self.steps.step("sam build"):
            template = self.sam.build()
        with self._deleted_at_the_end():
            with self.steps.step("sam deploy"):
                self.sam.deploy(template, self.stack_name)
            tasks = Tasks(self.sam.commands, self.stack_name, _QUEUE_PATIENCE_SECONDS)
            story.use(tasks, self.steps)
            self._hold_to_the_contract()
            self._measure()
            with self.steps.step("sam deploy again, so that tasks call the alias of the function"):
                self.sam.deploy(template, self.stack_name, CalledFunction="live")
            release = Release(self._stack.outputs["HelloWorldFunctionName"], self.account.client("lambda"))
            story.fail(tasks, release, self.steps)
            story.redrive(tasks, release, self.steps)
            self._tell_the_cost()

    @contextmanager
    def _deleted_at_the_end(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            self.steps.say("Interrupted: the stack is deleted first. Another Ctrl-C leaves it there.")
            raise
        finally:
            with self.steps.step("sam delete"):
                self.sam.delete(self.stack_name)

    def _hold_to_the_contract(self) -> None:
        with self.steps.step("the contract tests and the examples"):
            self.sam.commands.run("pytest", "--quiet", "-rs", _SUITE, "--stack-name", self.stack_name)

    def _measure(self) -> None:
        with self.steps.step(f"lateness of {self.tasks} tasks"):
            delay = Delay(self._stack.outputs["DelayStateMachineArn"], self.account.client("stepfunctions"))
            lateness = measure_lateness(delay, self.tasks)
        self.steps.say(f"    {lateness}.")

    def _tell_the_cost(self) -> None:
        with self.steps.step("count what it cost"):
            machine = StateMachine.of_arn(self._stack.outputs["DelayStateMachineArn"])
            bill = bill_of(machine.unqualified_arn, self.account.client("stepfunctions"))
        for line in bill.lines(Facts.load(self.account.region)):
            self.steps.say(f"    {line}")

    @property
    def _stack(self) -> Stack:
        return Stack(self.stack_name, self.account.client("cloudformation"))
