"""Options and order of the test run."""

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=40)
"""The examples that `make test` has time for; every run draws new ones."""

settings.register_profile("thorough", max_examples=100)
"""Hypothesis's own default: make test ARGS=--hypothesis-profile=thorough."""

settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to run the tests in contract/stack against a stack on AWS."""
    parser.addoption(
        "--stack-name",
        metavar="NAME",
        help="Run tests/contract/stack against this stack on AWS instead of the local build.",
    )


_LONG = {
    "test_bench.py",
    "test_forked_machines.py",
    "test_jsonata_limits.py",
    "test_torture.py",
    "test_two_clients.py",
}
"""Files that take half a minute or more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first: started last, each would keep one core busy and leave the other idle."""
    items.sort(key=lambda item: item.path.name not in _LONG)
