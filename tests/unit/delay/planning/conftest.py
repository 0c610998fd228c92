"""The quotas and prices of us-east-1."""

import pytest

from delay.planning.facts import Facts


@pytest.fixture
def facts() -> Facts:
    return Facts.load("us-east-1")
