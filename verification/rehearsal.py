"""The rehearsal: the real template is built, deployed, used, broken, mended and deleted in a local AWS."""

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
from verification.state_machine import taken_over
from verification.steps import Steps
from verification.tasks import Tasks

STACK_NAME: Final = "delayed-tasks-rehearsal"

_EVERYTHING: Final = {"AlarmEmail": "nobody@example.com", "IdempotencyTable": "true"}
"""What parameters can add to a stack, besides the use of a key."""

NOT_PROVED: Final = (
    *(f"{each.name}: {each.reason}, so it is left out." for each in OMITTED),
    "All other alarms: they are created, and none goes off.",
    "What function, state machine and EventBridge may do: ministack asks IAM about callers only.",
    "That anything is encrypted with KmsKeyArn: a key is given, and nothing asks for it.",
    "Step Functions: ministack's has no redrive, so the task was redriven in stepfunctions-local.",
    "Lateness, quotas, prices.",
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal. `project` is read, `folder` is written to, `ministack` is the command of the local AWS."""

    project: Path
    folder: Path
    ministack: Path
    steps: Steps

    def run(self) -> None:
        """Go through all steps.

        Raises:
            VerificationError: one failed. What ran is ended all the same.

        """
        with local_aws(self.ministack, self.folder, self.steps) as aws:
            commands = Commands(self.project, self.folder / "commands.log", aws.variables)
            Deployment(aws, Sam(commands, self.folder / "build", aws.region), self.steps).run()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is done in a local AWS that runs."""

    aws: LocalAws
    sam: Sam
    steps: Steps

    def run(self) -> None:
        """Go through all steps from the build on."""
        with self.steps.step("sam build"):
            template = render_file(self.sam.build())
        with self.steps.step("sam deploy, with all that parameters can add"):
            key = self._client("kms").create_key()["KeyMetadata"]["Arn"]
            everything = {**_EVERYTHING, "KmsKeyArn": key}
            self.sam.deploy(template, STACK_NAME, **everything)
        tasks = self._as_operator()
        story.use(tasks, self.steps)
        with self.steps.step("sam deploy again, so that tasks call the alias of the function"):
            self.sam.deploy(template, STACK_NAME, CalledFunction="live", **everything)
        self._fail_and_redrive(tasks)
        with self.steps.step("sam delete"):
            self._delete()

    def _as_operator(self) -> Tasks:
        """Run `delay` as somebody with the two policies of the stack, one after the other."""
        with self.steps.step("DelayClientPolicy is not enough to empty the queue"):
            outputs, somebody = self._stack.outputs, Operator("somebody", self._client("iam"))
            tasks = Tasks(self.sam.commands.with_variables(**somebody.credentials), STACK_NAME)
            somebody.may(outputs["DelayClientPolicyArn"])
            tasks.must_not_empty_the_queue(outputs[STATE_MACHINE_OUTPUT], outputs["DeadLetterQueueUrl"])
        somebody.may(outputs["DelayOperatorPolicyArn"])
        somebody.may_change_visibility_by_batches(outputs["DeadLetterQueueArn"])
        return tasks

    def _fail_and_redrive(self, tasks: Tasks) -> None:
        outputs = self._stack.outputs
        release = Release(outputs["HelloWorldFunctionName"], self._client("lambda"))
        story.fail(tasks, release, self.steps)
        arn, there = outputs[STATE_MACHINE_OUTPUT], self._client("stepfunctions")
        with taken_over(arn, there, self.aws.url, self.sam.commands) as url:
            here = tasks.at(url)
            with self.steps.step("the same task fails in stepfunctions-local, by the same ARN"):
                story.fail_again(here)
            story.redrive(here, release, self.steps)

    def _delete(self) -> None:
        self.sam.delete(STACK_NAME)
        queues = self._client("sqs").list_queues().get("QueueUrls", [])
        if self._stack.is_there or queues:
            raise NotAsExpected(f"After `sam delete` there is still the stack {STACK_NAME}, or {queues}.")

    @property
    def _stack(self) -> DeployedStack:
        return DeployedStack(STACK_NAME, self._client("cloudformation"))

    def _client(self, service: Any) -> Any:  # noqa: ANN401 - boto3 has an overload for each service
        return self.aws.session.client(service, endpoint_url=self.aws.url)
