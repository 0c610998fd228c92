"""What can be chosen when the tests are run."""

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=40)
"""What `make test` has time for; no run tries the same as the one before."""

settings.register_profile("thorough", max_examples=100)
"""What Hypothesis does by itself: make test ARGS=--hypothesis-profile=thorough."""

settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests in contract/stack run against a stack on AWS."""
    parser.addoption(
        "--stack-name",
        metavar="NAME",
        help="Run tests/contract/stack against this stack on AWS, and not against the build on this machine.",
    )


_LONG = {
    "test_bench.py",
    "test_forked_machines.py",
    "test_jsonata_limits.py",
    "test_torture.py",
    "test_two_at_once.py",
}
"""Files of half a minute or more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first: the last one to end would have a core for itself."""
    items.sort(key=lambda item: item.path.name not in _LONG)
