"""The verification on an account: the template as it is, on AWS itself, deleted at the end in any case."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3

from delay import Delay
from delay.aws.error import AWS_ERRORS, translate_error
from delay.executions.state_machine import StateMachineArn
from delay.planning.facts import Facts
from verification import story
from verification.bill import bill_of
from verification.errors import NoRegion, NotDeleted, OtherAccount, StackExists, VerificationError
from verification.lateness import measure_lateness
from verification.release import Release
from verification.sam import Sam
from verification.stack import DeployedStack
from verification.steps import Steps
from verification.tasks import Tasks

_QUEUE_PATIENCE_SECONDS: Final = 180
"""EventBridge delivers within seconds as a rule, and promises no time."""

_RELEASED: Final = "20s"
"""Calls may meet the version before for some moments after an alias was led elsewhere."""

_SETTLED_SECONDS: Final = 1800
_POLL_SECONDS: Final = 5

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
            raise translate_error(error, "sts:GetCallerIdentity", "whoever asks") from error

    @property
    def region(self) -> str:
        """The Region that everything happens in.

        Raises:
            NoRegion: none is named.

        """
        if self.session.region_name is None:
            raise NoRegion("Say in which Region: --region eu-west-1, AWS_REGION or AWS_DEFAULT_REGION.")
        return str(self.session.region_name)

    @property
    def variables(self) -> dict[str, str]:
        """Let commands act in the same Region, and where the caller's endpoints are."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL")}
        if bundle := os.environ.get("AWS_CA_BUNDLE"):
            kept["AWS_CA_BUNDLE"] = bundle
        # sam reads only the second name, and `delay` would rather have the first.
        return kept | {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def credentials(self) -> Mapping[str, str]:
        """Give the credentials as variables of the environment: as they are now, for some expire."""
        found = self.session.get_credentials()
        key = found.get_frozen_credentials() if found else None
        variables = {
            "AWS_ACCESS_KEY_ID": key and key.access_key,
            "AWS_SECRET_ACCESS_KEY": key and key.secret_key,
            "AWS_SESSION_TOKEN": key and key.token,
        }
        return {name: value for name, value in variables.items() if value}

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
    sleep: Callable[[float], None] = time.sleep

    def run(self) -> None:
        """Go through all steps.

        Raises:
            StackExists: there is such a stack, which is somebody's.
            OtherAccount: commands act in another account.
            VerificationError: a step failed.

        """
        if self._stack.is_there:
            raise StackExists(
                f"There is a stack {self.stack_name} already, and it is left alone: name another."
            )
        with self.steps.step("commands act in the same account"):
            self._compare_accounts()
        with self.steps.step("sam build"):
            template = self.sam.build()
        with self._deleted_at_the_end():
            with self.steps.step("sam deploy"):
                self.sam.deploy(template, self.stack_name)
            tasks = Tasks(self.sam.commands, self.stack_name, _QUEUE_PATIENCE_SECONDS, _RELEASED)
            story.use(tasks, self.steps)
            with self.steps.step("sam deploy again, so that tasks call the alias of the function"):
                self.sam.deploy(template, self.stack_name, CalledFunction="live")
            self._break_and_mend(tasks)
            # Its tasks fail as well, so the queue must have been looked into before.
            self._hold_to_the_contract()
            self._measure()
            self._tell_the_cost()

    def _compare_accounts(self) -> None:
        question = ("sts", "get-caller-identity", "--query", "Account", "--output", "text")
        answered, asked = self.sam.commands.run("aws", *question).strip(), self.account.number
        if answered != asked:
            raise OtherAccount(f"Commands would act in account {answered}, and not in {asked}.")

    @contextmanager
    def _deleted_at_the_end(self) -> Iterator[None]:
        try:
            yield
        except BaseException as failure:
            self.steps.say("The stack is deleted first. Another Ctrl-C leaves it there.")
            self._delete(f"{failure}\n")
            raise
        self._delete()

    def _delete(self, what_else: str = "") -> None:
        try:
            with self.steps.step("sam delete"):
                self._settle()
                self.sam.delete(self.stack_name)
        except (VerificationError, KeyboardInterrupt) as error:
            raise NotDeleted(
                f"{what_else}{error}\nThe stack is still there. To delete it: sam delete --stack-name "
                f"{self.stack_name} --region {self.account.region}"
            ) from error

    def _settle(self) -> None:
        """Wait until CloudFormation is done with what it does: it deletes no stack that is being changed."""
        for _ in range(_SETTLED_SECONDS // _POLL_SECONDS):
            if not self._stack.is_changing:
                return
            self.sleep(_POLL_SECONDS)

    def _break_and_mend(self, tasks: Tasks) -> None:
        release = Release(self._stack.outputs["HelloWorldFunctionName"], self.account.client("lambda"))
        story.fail(tasks, release, self.steps)
        story.redrive(tasks, release, self.steps)

    def _hold_to_the_contract(self) -> None:
        with self.steps.step("the contract tests and the examples"):
            self.sam.commands.run("pytest", "--quiet", "-rs", _SUITE, "--stack-name", self.stack_name)

    def _measure(self) -> None:
        with self.steps.step(f"lateness of {self.tasks} tasks"):
            lateness = measure_lateness(self._delay, self.tasks)
        self.steps.say(f"    {lateness}.")

    def _tell_the_cost(self) -> None:
        with self.steps.step("count what it cost"):
            machine = StateMachineArn.of_arn(self._delay.state_machine_arn)
            bill = bill_of(machine.unqualified_arn, self.account.client("stepfunctions"))
        for line in bill.lines(Facts.load(self.account.region)):
            self.steps.say(f"    {line}")

    @property
    def _delay(self) -> Delay:
        return Delay.from_stack(
            self.stack_name,
            cloudformation=self.account.client("cloudformation"),
            sfn=self.account.client("stepfunctions"),
        )

    @property
    def _stack(self) -> DeployedStack:
        return DeployedStack(self.stack_name, self.account.client("cloudformation"))
