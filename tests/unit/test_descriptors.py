"""The descriptors of this process are shared out, and as many as the system allows."""

import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.descriptors import Shares, raise_limit

REST = 24
"""Descriptors of a process that does nothing: its streams, its event loop, its journal."""


@given(st.integers(256, 65_536))
def test_shares_fit_together(count: int) -> None:
    """Two listeners, the calls and the workers leave descriptors for the rest."""
    shares = Shares.of(count)
    assert 2 * shares.connections + shares.calls + 5 * shares.processes + REST < count


@pytest.mark.parametrize(
    ("count", "shares"), [(1, (4, 1, 1)), (1_024, (204, 128, 50)), (9_999, (1_000, 500, 50))]
)
def test_shares_have_bounds(count: int, shares: tuple[int, int, int]) -> None:
    """With few descriptors something runs; with many the calls are still bounded."""
    assert Shares.of(count) == Shares(*shares)


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [(256, 4_096, 4_096), (1_024, resource.RLIM_INFINITY, 65_536), (100_000, 200_000, None), (64, 64, None)],
)
def test_limit_is_raised_as_far_as_the_system_allows(
    soft: int, hard: int, raised: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit that is high enough is left alone."""
    new: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: new.append(limits))
    raise_limit()
    assert new == ([(raised, hard)] if raised else [])


def test_system_that_refuses_keeps_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint starts with the descriptors that it has."""

    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 128))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    raise_limit()
    assert Shares.of_this_process() == Shares.of(64)
