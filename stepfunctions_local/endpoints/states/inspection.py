"""The operation that tests a state without a state machine. Source: the API Reference."""

import asyncio
from random import SystemRandom
from typing import Any, Final, TypeVar

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.endpoints.states.state_machine import require_role_arn
from stepfunctions_local.inspection.context import Surrounding
from stepfunctions_local.inspection.rehearsal import Rehearsal, prepare
from stepfunctions_local.inspection.request import read_state_test
from stepfunctions_local.inspection.result import StateResult, build_reply
from stepfunctions_local.inspection.run import InSteps, begin, go_on
from stepfunctions_local.language import Call, Failure

T = TypeVar("T")

MAX_SECONDS: Final = 300
"""How long a tested state may take. Source: TestState in the API Reference."""


class InspectionOperations(Operations):
    """Tests a state. Nothing of it is recorded."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {"TestState": self.test_state}

    async def test_state(self, request: dict[str, Any]) -> Reply:
        """TestState. A Task without a mock calls its service, as on AWS."""
        if request.get("roleArn") is not None:
            require_role_arn(request["roleArn"])
        test = read_state_test(request)
        surrounding = Surrounding(self._engine.clock.now(), SystemRandom(), self._engine.settings.account)
        result = await self._run(prepare(test, surrounding))
        return build_reply(result)

    async def _run(self, rehearsal: Rehearsal) -> StateResult:
        try:
            async with asyncio.timeout(MAX_SECONDS):
                begun = await _take_turns(begin(rehearsal))
                if not isinstance(begun, Call):
                    return begun
                return go_on(rehearsal, await self._engine.tasks.run(begun, rehearsal.caller))
        except TimeoutError:
            return go_on(rehearsal, Failure("States.Timeout"))


async def _take_turns(work: InSteps[T]) -> T:
    """Do work in steps, and let others take their turns in between."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value
        await asyncio.sleep(0)
