"""A value of every process: it is made once for all threads, and anew after a fork."""

import os
import pickle
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from delay import Delay
from delay.aws.per_process import PerProcess
from tests.unit.delay.harness import boto3_client

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def run_in_child(check: Callable[[], bool]) -> bool:
    """Fork, and return whether the check holds in the child."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest's own threads stay in the parent
        child = os.fork()
    if child == 0:
        holds = False
        try:
            holds = check()
        finally:
            os._exit(not holds)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_child_makes_its_own_value() -> None:
    """The parent keeps its own, and a grandchild makes a third."""
    numbers = count()
    value = PerProcess(lambda: next(numbers))
    assert (value(), value()) == (0, 0)
    assert run_in_child(lambda: value() == 1 and run_in_child(lambda: value() == 2))
    assert value() == 0


def test_value_is_made_when_it_is_needed() -> None:
    """A child of a process that never needed it makes the first."""
    numbers = count()
    value = PerProcess(lambda: next(numbers))
    assert run_in_child(lambda: value() == 0)
    assert next(numbers) == 0


def test_fork_while_another_thread_makes_the_value() -> None:
    """The child does not wait for a thread that it does not have."""
    is_started, may_end = threading.Event(), threading.Event()
    parent = os.getpid()

    def create() -> int:
        if os.getpid() == parent:
            is_started.set()
            assert may_end.wait(timeout=60)
        return os.getpid()

    value = PerProcess(create)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(value)
        assert is_started.wait(timeout=60)
        assert run_in_child(lambda: value() == os.getpid())
        may_end.set()
        assert made.result() == parent


def test_threads_share_one_value() -> None:
    """It is made once, however many need it at the same time."""
    numbers = count()
    everybody_waits = threading.Barrier(8)
    value = PerProcess(lambda: next(numbers))

    def get() -> int:
        everybody_waits.wait(timeout=60)
        return value()

    with ThreadPoolExecutor(8) as pool:
        values = [future.result() for future in [pool.submit(get) for _ in range(8)]]
    assert values == [0] * 8


def test_client_made_by_delay_is_made_anew_in_a_child() -> None:
    """It has other sockets, and rebuilds the input of retries as the parent's does."""
    delay = Delay(ARN)
    parents = boto3_client(delay)
    assert run_in_child(lambda: boto3_client(delay) is not parents)
    assert boto3_client(delay) is parents


def test_unused_client_can_be_pickled() -> None:
    """A process that is spawned, not forked, gets it so."""
    copy = pickle.loads(pickle.dumps(Delay(ARN)))  # noqa: S301 - pickled here
    assert copy.arn == ARN
    assert boto3_client(copy).meta.region_name == "us-east-1"
