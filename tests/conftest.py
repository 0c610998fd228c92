"""Options and order of the test run."""

import gc
import sys
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from tests.collection import COLLECTED, is_slow

# A busy computer fails no test: the first text that a fresh clone draws takes seconds there.
_UNTIMED: Final = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("quick", _UNTIMED, max_examples=12)
"""For `make test`; every run draws new examples."""

settings.register_profile("thorough", _UNTIMED, max_examples=100)
"""For `make test-all`; Hypothesis's own default."""

settings.load_profile("quick")

_RECURSION_LIMIT: Final = sys.getrecursionlimit()

_GARBAGE_THRESHOLDS: Final = (10_000, 20, 200)
"""A search among all that tests have made takes 0.1 s, and finds little. Python's own are 700, 10 and 10."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to run the tests in contract/stack against a stack on AWS."""
    parser.addoption(
        "--stack-name",
        metavar="NAME",
        help="Run tests/contract/stack against this stack on AWS instead of the local build.",
    )


def pytest_configure() -> None:
    """Collect no garbage while modules are imported: there is none, and the search takes seconds."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage from now on, but search it among what tests make, not in all modules and tests."""
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    gc.enable()
    # Some tests import jsonata, which raises it tenfold: the product imports it otherwise.
    sys.setrecursionlimit(_RECURSION_LIMIT)


@pytest.hookimpl(tryfirst=True)  # before -m deselects any
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put tests that share a costly fixture first, group by group.

    `--dist=worksteal` gives each process a run of tests and lets an idle one steal from the end of another's.
    So what stands at the front stays together, and its fixture is made once.
    """
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
    config.stash[COLLECTED] = {item.nodeid: is_slow(item) for item in items}
