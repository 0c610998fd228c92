"""The parts of a stack that prove its health: the reconciliation and the canary."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from verification.errors import NotAsExpected

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_sqs.client import SQSClient

    from verification.stack import DeployedStack

CANARY_PREFIX: Final = "delayed-tasks-canary-"
"""The beginning of a canary's key, as in the template."""

_EXECUTION_ID: Final = "<aws.scheduler.execution-id>"
_ALIAS: Final = ":live"
_HOURS: Final = 1


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The function that sends missing letters, and the queue that it sends them to."""

    function_name: str
    queue_url: str
    functions: "LambdaClient"
    sqs: "SQSClient"

    def lose_letters(self) -> None:
        """Delete the letters in the queue, as if EventBridge had never received their events."""
        while letters := self.sqs.receive_message(QueueUrl=self.queue_url, WaitTimeSeconds=1).get("Messages"):
            for letter in letters:
                self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=letter["ReceiptHandle"])

    def look(self) -> int:
        """Look at the last hour, and return the number of letters sent.

        Raises:
            NotAsExpected: the function failed.

        """
        event = json.dumps({"hours": _HOURS}).encode()
        answer = self.functions.invoke(FunctionName=self.function_name, Payload=event)
        text = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise NotAsExpected(f"The reconciliation failed: {text}")
        return int(json.loads(text)["sent"])

    def require_sent(self, number: int) -> None:
        """Look, and require this number of sent letters."""
        if (sent := self.look()) != number:
            raise NotAsExpected(f"The reconciliation sent {sent} letters instead of {number}.")


def read_canary_request(stack: "DeployedStack", scheduler: Any) -> dict[str, str]:  # noqa: ANN401 - boto3-stubs lack the service
    """Return the StartExecution request of a stack's schedule, for the state machine without its alias."""
    name = stack.find_resource("CanarySchedule")
    text = scheduler.get_schedule(Name=name)["Target"]["Input"].replace(_EXECUTION_ID, "by-hand")
    request = {key[0].lower() + key[1:]: value for key, value in json.loads(text).items()}
    return request | {"stateMachineArn": request["stateMachineArn"].removesuffix(_ALIAS)}
