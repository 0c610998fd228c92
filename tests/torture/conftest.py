"""Fixtures of the torture."""

import pytest
from rich.console import Console


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run processes at full speed, without coverage, which other tests measure."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def console() -> Console:
    return Console()
