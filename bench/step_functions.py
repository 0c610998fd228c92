"""A cheap client of the Step Functions API: one connection, kept open."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlsplit

from bench.errors import NoAnswer

WAIT_THEN_PASS = json.dumps(
    {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Done"},
            "Done": {"Type": "Pass", "End": True},
        },
    }
)

_ROLE = "arn:aws:iam::123456789012:role/bench"
_HEADERS = {
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/states/aws4_request, "
        "SignedHeaders=host, Signature=0"
    ),
    "Content-Type": "application/x-amz-json-1.0",
}


class StepFunctions:
    """Calls one endpoint, and waits up to `patience_seconds` for each answer."""

    def __init__(self, url: str, patience_seconds: float = 10) -> None:
        address = urlsplit(url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=patience_seconds)

    def __enter__(self) -> Self:
        """Use the client as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def call(self, operation: str, **members: object) -> Any:  # noqa: ANN401 - any JSON
        """Call an operation and return its answer.

        Raises:
            NoAnswer: the endpoint returns an error, or nothing in time.

        """
        headers = _HEADERS | {"X-Amz-Target": f"AWSStepFunctions.{operation}"}
        body = json.dumps(members).encode()
        try:
            status, answer = self._exchange(body, headers)
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise NoAnswer(f"{operation}: {error or type(error).__name__}") from error
        if status != HTTPStatus.OK:
            raise NoAnswer(f"{operation}: {status} {answer[:200].decode(errors='replace')}")
        return json.loads(answer)

    def create_state_machine(self, name: str = "bench") -> str:
        """Create a state machine of a Wait and a Pass state; return its ARN."""
        return self.create(name, WAIT_THEN_PASS)

    def create(self, name: str, definition: str) -> str:
        """Create a state machine; return its ARN."""
        created = self.call("CreateStateMachine", name=name, definition=definition, roleArn=_ROLE)
        return str(created["stateMachineArn"])

    def start(self, state_machine_arn: str, name: str, expirydate: int) -> tuple[str, float]:
        """Start an execution; return its ARN and its start time, in seconds since the epoch."""
        text = json.dumps({"expirydate": expirydate})
        started = self.call("StartExecution", stateMachineArn=state_machine_arn, name=name, input=text)
        return started["executionArn"], float(started["startDate"])

    def list_executions(self, state_machine_arn: str, **parameters: object) -> Iterator[list[str]]:
        """Yield the ARNs of a state machine's executions, a page at a time."""
        while True:
            page = self.call(
                "ListExecutions", stateMachineArn=state_machine_arn, maxResults=1000, **parameters
            )
            yield [execution["executionArn"] for execution in page["executions"]]
            if not page.get("nextToken"):
                return
            parameters["nextToken"] = page["nextToken"]

    def is_any_running(self, state_machine_arn: str) -> bool:
        """Return whether any execution of a state machine is still running."""
        page = self.call(
            "ListExecutions", stateMachineArn=state_machine_arn, statusFilter="RUNNING", maxResults=1
        )
        return bool(page["executions"])

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send a request and return the answer; retry once if the endpoint closed the kept connection."""
        try:
            return self._send(body, headers)
        except (BrokenPipeError, ConnectionResetError):
            self._connection.close()
            return self._send(body, headers)

    def _send(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        self._connection.request("POST", "/", body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()
