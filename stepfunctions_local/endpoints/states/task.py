"""The operations on Tasks that wait for a callback. Source: the API Reference."""

from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.errors import InvalidOutput
from stepfunctions_local.engine.execution.document import MAX_BYTES
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.language import Failure, InvalidJson, parse_json


class TaskOperations(Operations):
    """Completes, fails or keeps alive waiting Tasks. Nothing is acknowledged before it is on disk."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "SendTaskSuccess": self.succeed,
            "SendTaskFailure": self.fail,
            "SendTaskHeartbeat": self.heartbeat,
        }

    async def succeed(self, request: dict[str, Any]) -> Reply:
        """SendTaskSuccess."""
        output = _require_valid_output(request["output"])
        await self._engine.call_back(
            request["taskToken"], lambda interpreter: interpreter.succeed(output), len(output)
        )
        return {}

    async def fail(self, request: dict[str, Any]) -> Reply:
        """SendTaskFailure."""
        failure = Failure(request.get("error"), request.get("cause"))
        await self._engine.call_back(request["taskToken"], lambda interpreter: interpreter.fail(failure))
        return {}

    async def heartbeat(self, request: dict[str, Any]) -> Reply:
        """SendTaskHeartbeat."""
        await self._engine.call_back(request["taskToken"], Interpreter.heartbeat)
        return {}


def _require_valid_output(text: str) -> str:
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise InvalidOutput(f"The output may have at most {MAX_BYTES} bytes in UTF-8")
    try:
        parse_json(text)
    except InvalidJson as error:
        raise InvalidOutput(str(error)) from error
    return text
