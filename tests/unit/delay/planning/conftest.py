"""What plans are made from."""

import pytest

from delay.planning.facts import Facts


@pytest.fixture
def facts() -> Facts:
    return Facts.load("us-east-1")
