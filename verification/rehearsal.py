"""The rehearsal: builds, deploys, uses, breaks, mends and deletes the real template in a local AWS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from verification import story
from verification.commands import Commands
from verification.errors import NotAsExpected
from verification.local_aws import LocalAws, local_aws
from verification.operator import Operator
from verification.release import Release
from verification.rendering import OMITTED, STATE_MACHINE_OUTPUT, render_file
from verification.sam import Sam
from verification.stack import DeployedStack
from verification.state_machine import take_over
from verification.steps import Steps
from verification.tasks import Tasks

STACK_NAME: Final = "delayed-tasks-rehearsal"

_OPTIONAL_PARTS: Final = {"AlarmEmail": "nobody@example.com", "IdempotencyTable": "true"}
"""The parameters that add resources to a stack; the key comes later."""

NOT_PROVED: Final = (
    *(f"{each.name}: {each.reason}, so it is left out." for each in OMITTED),
    "All other alarms: they are created, but none goes off.",
    "The rights of function, state machine and EventBridge: ministack asks IAM about callers only.",
    "Encryption with KmsKeyArn: a key is given, but nothing uses it.",
    "Step Functions itself: ministack has no redrive, so the task was redriven in stepfunctions-local.",
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
        story.use(tasks, self.steps)
        with self.steps.step("sam deploy again, so that tasks call the alias of the function"):
            self.sam.deploy(template, STACK_NAME, CalledFunction="live", **parameters)
        self._fail_and_redrive(tasks)
        with self.steps.step("sam delete"):
            self._delete()

    def _as_operator(self) -> Tasks:
        """Return tasks run by a user who gets the stack's two policies, one after the other."""
        with self.steps.step("DelayClientPolicy is not enough to empty the queue"):
            outputs, operator = self._stack.outputs, Operator("operator", self._client("iam"))
            tasks = Tasks(self.sam.commands.with_variables(**operator.credentials), STACK_NAME)
            operator.attach_policy(outputs["DelayClientPolicyArn"])
            tasks.require_closed_queue(outputs[STATE_MACHINE_OUTPUT], outputs["DeadLetterQueueUrl"])
        operator.attach_policy(outputs["DelayOperatorPolicyArn"])
        operator.allow_visibility_batches(outputs["DeadLetterQueueArn"])
        return tasks

    def _fail_and_redrive(self, tasks: Tasks) -> None:
        outputs = self._stack.outputs
        release = Release(outputs["HelloWorldFunctionName"], self._client("lambda"))
        story.fail(tasks, release, self.steps)
        arn, deployed = outputs[STATE_MACHINE_OUTPUT], self._client("stepfunctions")
        with take_over(arn, deployed, self.aws.url, self.sam.commands) as url:
            local_tasks = tasks.at(url)
            with self.steps.step("the same task fails in stepfunctions-local, by the same ARN"):
                story.fail_again(local_tasks)
            story.redrive(local_tasks, release, self.steps)

    def _delete(self) -> None:
        self.sam.delete(STACK_NAME)
        queues = self._client("sqs").list_queues().get("QueueUrls", [])
        if self._stack.exists or queues:
            raise NotAsExpected(
                f"After `sam delete` the stack {STACK_NAME} still exists, or the queues {queues}."
            )

    @property
    def _stack(self) -> DeployedStack:
        return DeployedStack(STACK_NAME, self._client("cloudformation"))

    def _client(self, service: Any) -> Any:  # noqa: ANN401 - boto3 has an overload for each service
        return self.aws.session.client(service, endpoint_url=self.aws.url)
