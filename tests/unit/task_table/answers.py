"""A client of AWS that answers what it is told to, and keeps the requests."""

from collections import deque
from typing import Any

from botocore.exceptions import ClientError

DATE = "Sun, 29 Nov 2026 00:00:00 GMT"
AT = 1_795_910_400


class Exceptions:
    """The modeled exceptions of DynamoDB."""

    ConditionalCheckFailedException = ClientError


class ScriptedClient:
    """Answers each call with the next of its answers, whatever the operation, or raises it."""

    exceptions = Exceptions

    def __init__(self, *answers: Any) -> None:
        self._answers = deque(answers)
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        """Return an operation."""
        return self._answer

    def _answer(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return {"ResponseMetadata": {"HTTPHeaders": {"date": DATE}}, **answer}
