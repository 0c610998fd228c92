"""The verification on an account: deploys the template as it is on AWS, and always deletes it at the end."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from delay import Delay
from delay.aws.error import AWS_ERRORS, translate_error
from delay.executions.state_machine import StateMachineArn
from delay.planning.facts import Facts
from verification import story
from verification.bill import count_bill
from verification.errors import NoRegion, NotDeleted, OtherAccount, StackExists, VerificationError
from verification.lateness import measure_lateness
from verification.release import Release, lose_records
from verification.removal import delete_stack
from verification.sam import Sam
from verification.stack import DeployedStack
from verification.steps import Steps
from verification.table import story as table_story
from verification.table.bill import count_table_bill
from verification.table.measurements import Measurements
from verification.table.participants import Participants
from verification.tasks import Tasks
from verification.watching import Reconciliation

_QUEUE_PATIENCE_SECONDS: Final = 180
"""EventBridge usually delivers within seconds, but promises no time."""

_AFTER_RELEASE: Final = "20s"
"""For some moments after an alias is changed, calls may still reach the previous version."""

_IDLE_PATIENCE_SECONDS: Final = 1800
_POLL_SECONDS: Final = 5

_METER_SECONDS: Final = 300
"""The time after which CloudWatch shows the units that a table, a queue and functions have used."""

_TABLE: Final = {"TaskStore": "both", "TableAttempts": "2"}

_SUITE: Final = "tests/contract/stack"


@dataclass(frozen=True, slots=True)
class Account:
    """The account and Region of the caller's credentials."""

    session: boto3.Session

    @property
    def number(self) -> str:
        """The account number, as returned by AWS.

        Raises:
            ServiceError: there are no credentials, or AWS does not accept them.

        """
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except AWS_ERRORS as error:
            raise translate_error(error, "sts:GetCallerIdentity", "the caller") from error

    @property
    def region(self) -> str:
        """The Region of the stack.

        Raises:
            NoRegion: no Region is set.

        """
        if self.session.region_name is None:
            raise NoRegion("No Region is set: use --region eu-west-1, AWS_REGION or AWS_DEFAULT_REGION.")
        return str(self.session.region_name)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of commands: the same Region, and the caller's own endpoints."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL")}
        if bundle := os.environ.get("AWS_CA_BUNDLE"):
            kept["AWS_CA_BUNDLE"] = bundle
        # sam reads only AWS_DEFAULT_REGION, and `delay` prefers AWS_REGION.
        return kept | {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def credentials(self) -> Mapping[str, str]:
        """Return the current credentials as environment variables; some expire within a run."""
        credentials = self.session.get_credentials()
        key = credentials.get_frozen_credentials() if credentials else None
        variables = {
            "AWS_ACCESS_KEY_ID": key and key.access_key,
            "AWS_SECRET_ACCESS_KEY": key and key.secret_key,
            "AWS_SESSION_TOKEN": key and key.token,
        }
        return {name: value for name, value in variables.items() if value}

    def client(self, service: Any) -> Any:  # noqa: ANN401 - boto3 has an overload for each service
        """Return a client of a service."""
        return self.session.client(service, region_name=self.region)


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification, with its own stack, which is deleted even if a step fails."""

    account: Account
    stack_name: str
    sam: Sam
    steps: Steps
    tasks: int
    sleep: Callable[[float], None] = time.sleep

    def run(self) -> None:
        """Run all steps.

        Raises:
            StackExists: a stack of this name exists already.
            OtherAccount: commands would act in another account.
            VerificationError: a step failed.

        """
        if self._stack.exists:
            raise StackExists(
                f"The stack {self.stack_name} exists already, and is left alone: choose another name."
            )
        with self.steps.step("commands act in the same account"):
            self._compare_accounts()
        with self.steps.step("sam build"):
            template = self.sam.build()
        with self._delete_afterwards():
            with self.steps.step("sam deploy"):
                self.sam.deploy(template, self.stack_name, CanaryMinutes="1", **_TABLE)
            tasks = Tasks(self.sam.commands, self.stack_name, _QUEUE_PATIENCE_SECONDS, _AFTER_RELEASE)
            began = datetime.now(UTC)
            beginning = table_story.begin(tasks.in_table(), self._participants, self.steps)
            story.use(tasks, self.steps)
            with self.steps.step("a canary of the schedule succeeds without your work"):
                tasks.await_canary()
            with self.steps.step("sam deploy again, so that tasks call the alias of the function"):
                self.sam.deploy(template, self.stack_name, CalledFunction="live")
            self._break_and_mend(tasks)
            self._prove_table(tasks.in_table(), beginning)
            # The contract tests let tasks fail too, so they run after the look into the queue.
            self._run_contract_tests()
            self._measure()
            self._print_cost(began)

    def _compare_accounts(self) -> None:
        question = ("sts", "get-caller-identity", "--query", "Account", "--output", "text")
        actual, expected = self.sam.commands.run("aws", *question).strip(), self.account.number
        if actual != expected:
            raise OtherAccount(f"Commands would act in account {actual}, not in {expected}.")

    @contextmanager
    def _delete_afterwards(self) -> Iterator[None]:
        try:
            yield
        except BaseException as failure:
            self.steps.say("Deleting the stack first. Another Ctrl-C leaves it in place.")
            self._delete(f"{failure}\n")
            raise
        self._delete()

    def _delete(self, earlier_failure: str = "") -> None:
        try:
            with self.steps.step("sam delete"):
                self._await_idle_stack()
                if self._stack.exists:
                    delete_stack(self.stack_name, self.sam, self.account.client)
        except (VerificationError, ClientError, KeyboardInterrupt) as error:
            raise NotDeleted(
                f"{earlier_failure}{error}\nThe stack, or a part of it, still exists. To delete it: "
                f'make delete ARGS="--stack-name {self.stack_name} --region {self.account.region}"'
            ) from error

    def _await_idle_stack(self) -> None:
        """Wait for CloudFormation to finish: it does not delete a changing stack."""
        for _ in range(_IDLE_PATIENCE_SECONDS // _POLL_SECONDS):
            if not self._stack.is_changing:
                return
            self.sleep(_POLL_SECONDS)

    def _break_and_mend(self, tasks: Tasks) -> None:
        release = Release(self._stack.outputs["HelloWorldFunctionName"], self.account.client("lambda"))
        story.fail(tasks, release, self.steps)
        story.reconcile(tasks, self._reconciliation, self.steps)
        story.redrive(tasks, release, self.steps)

    def _prove_table(self, tasks: Tasks, beginning: table_story.Beginning) -> None:
        participants = self._participants
        release = Release(participants.call_function_name, self.account.client("lambda"), lose_records)
        table_story.use(tasks, self.steps)
        table_story.break_and_mend(tasks, release, self.steps)
        table_story.catch_up(tasks, participants, beginning, self.steps)

    def _run_contract_tests(self) -> None:
        with self.steps.step("the contract tests and the examples"):
            self.sam.commands.run("pytest", "--quiet", "-rs", _SUITE, "--stack-name", self.stack_name)

    def _measure(self) -> None:
        with self.steps.step(f"lateness of {self.tasks} tasks"):
            lateness = measure_lateness(self._delay, self.tasks)
        self.steps.say(f"    {lateness}.")
        Measurements(self._delay_in_table, self._participants, self.steps).measure()

    def _print_cost(self, began: datetime) -> None:
        with self.steps.step("count the cost, once CloudWatch shows it"):
            machine = StateMachineArn.of_arn(self._delay.arn)
            bill = count_bill(machine.unqualified_arn, self.account.client("stepfunctions"))
            self.sleep(_METER_SECONDS)
            table_bill = count_table_bill(self._stack, self.account.client, began, datetime.now(UTC))
        facts = Facts.load(self.account.region)
        for line in (*bill.lines(facts), *table_bill.lines(facts)):
            self.steps.say(f"    {line}")

    @property
    def _reconciliation(self) -> Reconciliation:
        outputs, client = self._stack.outputs, self.account.client
        return Reconciliation(
            outputs["ReconciliationFunctionName"],
            outputs["DeadLetterQueueUrl"],
            client("lambda"),
            client("sqs"),
        )

    @property
    def _delay(self) -> Delay:
        return Delay.from_stack(
            self.stack_name,
            cloudformation=self.account.client("cloudformation"),
            sfn=self.account.client("stepfunctions"),
        )

    @property
    def _delay_in_table(self) -> Delay:
        return Delay.from_stack(
            self.stack_name,
            store="table",
            cloudformation=self.account.client("cloudformation"),
            dynamodb=self.account.client("dynamodb"),
            sqs=self.account.client("sqs"),
        )

    @property
    def _participants(self) -> Participants:
        return Participants(self._stack, self.account.client)

    @property
    def _stack(self) -> DeployedStack:
        return DeployedStack(self.stack_name, self.account.client("cloudformation"))
