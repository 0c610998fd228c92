"""The operations on Tasks that wait for a token, as the API Reference describes them."""

from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.errors import InvalidOutput
from stepfunctions_local.engine.execution.document import MAX_BYTES
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.language import Failure, InvalidJson, parse_json


class TaskOperations(Operations):
    """Takes tokens back, with what became of their Tasks. Who is answered, for him it is written down."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "SendTaskSuccess": self.succeed,
            "SendTaskFailure": self.fail,
            "SendTaskHeartbeat": self.hear,
        }

    async def succeed(self, request: dict[str, Any]) -> Reply:
        """SendTaskSuccess."""
        output = _checked_output(request["output"])
        await self._engine.call_back(request["taskToken"], lambda interpreter: interpreter.succeed(output))
        return {}

    async def fail(self, request: dict[str, Any]) -> Reply:
        """SendTaskFailure."""
        failure = Failure(request.get("error"), request.get("cause"))
        await self._engine.call_back(request["taskToken"], lambda interpreter: interpreter.fail(failure))
        return {}

    async def hear(self, request: dict[str, Any]) -> Reply:
        """SendTaskHeartbeat."""
        await self._engine.call_back(request["taskToken"], Interpreter.heartbeat)
        return {}


def _checked_output(text: str) -> str:
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise InvalidOutput(f"The output may have {MAX_BYTES} bytes in UTF-8")
    try:
        parse_json(text)
    except InvalidJson as error:
        raise InvalidOutput(str(error)) from error
    return text
