"""A backend of DynamoDB and SQS for tests of what stands before it."""

import json
from dataclasses import dataclass, field
from typing import Any

from stepfunctions_local.local_aws.process import AwsRequest, AwsResponse, LocalAwsStopped


@dataclass
class FakeBackend:
    """Answers each operation with the members that a test has set for it, or refuses it.

    A refusal is a text: the name of the error.
    """

    answers: dict[str, dict[str, Any] | str] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    requests: list[AwsRequest] = field(default_factory=list)
    has_ended: bool = False

    async def send(self, request: AwsRequest) -> AwsResponse:
        """Answer a request."""
        if self.has_ended:
            raise LocalAwsStopped("The process of DynamoDB and SQS has ended.")
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        self.requests.append(request)
        self.calls.append((operation, json.loads(request.body or "{}")))
        answer = self.answers.get(operation, {})
        if isinstance(answer, str):
            return AwsResponse(400, {}, json.dumps({"__type": f"com.amazonaws#{answer}", "message": "no"}))
        return AwsResponse(200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answer))
