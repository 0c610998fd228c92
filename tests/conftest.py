"""Options and order of the test run."""

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=40)
"""For `make test`; every run draws new examples."""

settings.register_profile("thorough", max_examples=100)
"""For `make test-all`; Hypothesis's own default."""

settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to run the tests in contract/stack against a stack on AWS."""
    parser.addoption(
        "--stack-name",
        metavar="NAME",
        help="Run tests/contract/stack against this stack on AWS instead of the local build.",
    )
