"""A client, and Step Functions in memory behind it."""

import pytest

from delay import Delay
from delay.testing import FakeStepFunctions


@pytest.fixture
def sfn() -> FakeStepFunctions:
    return FakeStepFunctions(lambda event, _context: {"did": event["a"]})


@pytest.fixture
def delay(sfn: FakeStepFunctions) -> Delay:
    return Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
