"""The rehearsal: builds, deploys, uses, breaks, mends and deletes the real template in a local AWS."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from verification import story
from verification.commands import Commands
from verification.errors import NotAsExpected
from verification.local_aws import ROOT, LocalAws, local_aws
from verification.release import Release, lose_records
from verification.removal import Retained, delete_stack, list_retained, remove
from verification.renaming import rename_file
from verification.rendering import OMITTED, STATE_MACHINE_OUTPUT, render_file
from verification.sam import Sam
from verification.scheduling_service import SchedulingService
from verification.stack import DeployedStack
from verification.state_machine import take_over
from verification.steps import Steps
from verification.table import story as table_story
from verification.table.participants import Participants
from verification.tasks import Tasks
from verification.user import User
from verification.watching import Reconciliation, read_canary_request

STACK_NAME: Final = "delayed-tasks-rehearsal"
SECOND_STACK_NAME: Final = "second-rehearsal"
"""No part of the first name, by which the remains of the first stack are found."""

_OPTIONAL_PARTS: Final = {
    "AlarmEmail": "nobody@example.com",
    "IdempotencyTable": "true",
    "TaskStore": "both",
    "TableAttempts": "2",
}
"""The parameters that add resources to a stack; the key comes later."""

_IS_SCHEDULED_ONLY: Final = "it-is-scheduled-only"
_WAITS: Final = "it-waits"
_CALLS_ANOTHER: Final = "it-calls-another"
_LONGER_THAN_A_DEPLOYMENT: Final = "20s"
_POLL_SECONDS: Final = 0.5

NOT_PROVED: Final = (
    *(f"{each.name}: {each.reason}, so it is left out." for each in OMITTED),
    "All other alarms: they are created, but none goes off.",
    "AWS::IAM::RolePolicy: ministack refuses the type, so these policies are deployed as AWS::IAM::Policy.",
    "The rights of state machine, schedules, mapping and EventBridge: ministack asks IAM about none of them.",
    "Encryption with KmsKeyArn: a key is given, but nothing uses it.",
    "Step Functions itself: ministack has no redrive, so the task was redriven in stepfunctions-local.",
    "The canary's schedule: ministack has no universal targets, so the canary is started by hand.",
    "The hourly reconciliation is started by hand, and so are the drain's first tick and the last sweep.",
    "Lateness, quotas, prices.",
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal.

    `project`: the folder to deploy from, which is only read.
    `folder`: takes the build and the logs.
    `ministack`: the command of the local AWS.
    """

    project: Path
    folder: Path
    ministack: Path
    steps: Steps

    def run(self) -> None:
        """Run all steps.

        Raises:
            VerificationError: a step failed. All processes are ended nevertheless.

        """
        with local_aws(self.ministack, self.folder, self.steps) as aws:
            commands = Commands(self.project, self.folder / "commands.log", aws.variables)
            Deployment(aws, Sam(commands, self.folder / "build", aws.region), self.steps).run()


@dataclass(frozen=True, slots=True)
class Deployment:
    """The steps in a running local AWS."""

    aws: LocalAws
    sam: Sam
    steps: Steps

    def run(self) -> None:
        """Run all steps from the build on."""
        with self.steps.step("sam build"):
            template = render_file(self.sam.build())
        with self.steps.step("sam deploy, with all that parameters can add"):
            key = self._client("kms").create_key()["KeyMetadata"]["Arn"]
            parameters = {**_OPTIONAL_PARTS, "KmsKeyArn": key}
            self.sam.deploy(template, STACK_NAME, **parameters)
        tasks = self._as_operator()
        beginning = table_story.begin(tasks.in_table(), self._participants, self.steps)
        story.use(tasks, self.steps)
        with self.steps.step("DelaySchedulerPolicy is enough to schedule a task, and for nothing else"):
            self._schedule_only()
        with self.steps.step("start the canary of the schedule: it succeeds without your work"):
            self._client("stepfunctions").start_execution(
                **read_canary_request(self._stack, self._client("scheduler"))
            )
            tasks.await_canary()
        with self.steps.step("sam deploy again, so that tasks call the alias of the function"):
            self.sam.deploy(template, STACK_NAME, CalledFunction="live", **parameters)
        self._fail_and_redrive(tasks)
        with self.steps.step("another stack, with FunctionArn: its tasks call the function of the first"):
            self._call_existing_function(template)
        with self.steps.step("rename function and state machine: a waiting task is still called"):
            former = self._rename(tasks, template, {**parameters, "CalledFunction": "live"})
        self._prove_table(tasks.in_table(), beginning)
        with self.steps.step("the stack is drained: nothing waits, in neither store"):
            tasks.require_drained()
            tasks.in_table().require_drained()
        with self.steps.step("sam delete, which retains what waiting tasks need; then remove that, too"):
            self._delete(former)

    def _as_operator(self) -> Tasks:
        """Return tasks run by a user who gets each store's two policies, one after the other."""
        with self.steps.step("DelayClientPolicy and TableClientPolicy are not enough to empty the queues"):
            outputs, operator = self._stack.outputs, User("operator", self._client("iam"))
            tasks = Tasks(self.sam.commands.with_variables(**operator.credentials), STACK_NAME)
            for name in ("DelayClientPolicyArn", "TableClientPolicyArn"):
                operator.attach_policy(outputs[name])
            tasks.require_closed_queue(
                ("--state-machine-arn", outputs[STATE_MACHINE_OUTPUT]), outputs["DeadLetterQueueUrl"]
            )
            tasks.require_closed_queue(
                ("--table-arn", outputs["TaskTableArn"]), outputs["TableDeadLetterQueueUrl"]
            )
        for name in ("DelayOperatorPolicyArn", "TableOperatorPolicyArn"):
            operator.attach_policy(outputs[name])
        return tasks

    def _schedule_only(self) -> None:
        """Let a user with the policy for services that only schedule do so, and try everything else."""
        outputs, user = self._stack.outputs, User("scheduler", self._client("iam"))
        user.attach_policy(outputs["DelaySchedulerPolicyArn"])
        service = SchedulingService(STACK_NAME, outputs, self.aws.connect(user.credentials))
        arn = service.schedule(_IS_SCHEDULED_ONLY)
        service.require_no_other_right(_IS_SCHEDULED_ONLY)
        if (status := self._await_end(arn)) != "SUCCEEDED":
            raise NotAsExpected(f"The task {arn} of a service that only schedules is {status}.")

    def _fail_and_redrive(self, tasks: Tasks) -> None:
        outputs = self._stack.outputs
        release = Release(outputs["HelloWorldFunctionName"], self._client("lambda"))
        story.fail(tasks, release, self.steps)
        story.reconcile(tasks, self._reconciliation, self.steps)
        arn, deployed = outputs[STATE_MACHINE_OUTPUT], self._client("stepfunctions")
        with take_over(arn, deployed, self.aws.url, self.sam.commands) as url:
            local_tasks = tasks.at(url)
            with self.steps.step("the same task fails in stepfunctions-local, by the same ARN"):
                story.fail_again(local_tasks)
            story.redrive(local_tasks, release, self.steps)

    def _prove_table(self, tasks: Tasks, beginning: table_story.Beginning) -> None:
        participants = self._participants
        release = Release(participants.call_function_name, self._client("lambda"), lose_records)
        table_story.use(tasks, self.steps)
        table_story.break_and_mend(tasks, release, self.steps)
        table_story.catch_up(tasks, participants, beginning, self.steps)

    def _call_existing_function(self, template: Path) -> None:
        """Deploy a stack without a function of its own, let it call the first stack's, and remove it."""
        arn = f"{self._stack.outputs['HelloWorldFunctionArn']}:live"
        self.sam.deploy(template, SECOND_STACK_NAME, FunctionArn=arn, CanaryMinutes="0")
        tasks = Tasks(self.sam.commands, SECOND_STACK_NAME)
        tasks.schedule(_CALLS_ANOTHER)
        tasks.succeed(_CALLS_ANOTHER)
        second = DeployedStack(SECOND_STACK_NAME, self._client("cloudformation"))
        if (called := second.outputs["HelloWorldFunctionArn"]) != arn:
            raise NotAsExpected(f"The second stack names the function {called}, not {arn}.")
        own = [each for each in list_retained(second.name, self._client) if "HelloWorld" in each.physical_id]
        if own:
            raise NotAsExpected(f"The second stack has a function of its own: {own}.")
        delete_stack(second.name, self.sam, self._client)

    def _rename(self, tasks: Tasks, template: Path, parameters: dict[str, str]) -> list[Retained]:
        """Return the resources of the stack before they were renamed."""
        machine, former = self._stack.outputs[STATE_MACHINE_OUTPUT], list_retained(STACK_NAME, self._client)
        tasks.schedule(_WAITS, after=_LONGER_THAN_A_DEPLOYMENT)
        self.sam.deploy(rename_file(template), STACK_NAME, **parameters)
        if machine == self._stack.outputs[STATE_MACHINE_OUTPUT]:
            raise NotAsExpected(f"The state machine was not replaced: {machine}.")
        if (
            status := self._await_end(f"{machine.replace(':stateMachine:', ':execution:')}:{_WAITS}")
        ) != "SUCCEEDED":
            raise NotAsExpected(f"The task in the former state machine {machine} is {status}.")
        return former

    def _await_end(self, execution_arn: str) -> str:
        states = self._client("stepfunctions")
        while (status := states.describe_execution(executionArn=execution_arn)["status"]) == "RUNNING":
            time.sleep(_POLL_SECONDS)
        return str(status)

    def _delete(self, former: list[Retained]) -> None:
        retained = dict.fromkeys([*former, *list_retained(STACK_NAME, self._client)])
        self.sam.delete(STACK_NAME)
        self._require_retained()
        remove(retained, self._client)
        if left := self._list_left():
            raise NotAsExpected(f"After the removal there still are: {', '.join(left)}.")

    def _require_retained(self) -> None:
        """Raise unless the deletion of the stack left its state machine and function in place."""
        kinds = {name.partition(" ")[0] for name in self._list_left()}
        if kinds != {"machine", "function", "role", "table", "queue"}:
            raise NotAsExpected(
                f"`sam delete` should retain a resource of each kind, and left: {sorted(kinds)}."
            )

    def _list_left(self) -> list[str]:
        machines = self._client("stepfunctions").list_state_machines()["stateMachines"]
        roles = self._client("iam").list_roles()["Roles"]
        return [
            *(f"stack {STACK_NAME}" for _ in range(self._stack.exists)),
            *(f"machine {each['name']}" for each in machines),
            *(
                f"function {each['FunctionName']}"
                for each in self._client("lambda").list_functions()["Functions"]
            ),
            *(f"role {each['RoleName']}" for each in roles if STACK_NAME in each["RoleName"]),
            *(f"table {name}" for name in self._client("dynamodb").list_tables()["TableNames"]),
            *(f"queue {url}" for url in self._client("sqs").list_queues().get("QueueUrls", [])),
        ]

    @property
    def _reconciliation(self) -> Reconciliation:
        outputs = self._stack.outputs
        return Reconciliation(
            outputs["ReconciliationFunctionName"],
            outputs["DeadLetterQueueUrl"],
            self._client("lambda"),
            self._client("sqs"),
        )

    @property
    def _participants(self) -> Participants:
        return Participants(self._stack, self._client)

    @property
    def _stack(self) -> DeployedStack:
        return DeployedStack(STACK_NAME, self._client("cloudformation"))

    def _client(self, service: Any) -> Any:  # noqa: ANN401 - boto3 has an overload for each service
        return self.aws.connect(ROOT)(service)
