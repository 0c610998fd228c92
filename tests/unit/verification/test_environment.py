"""A rehearsal has nothing to do with accounts, whatever its caller has in the environment."""

import os

import pytest

from verification.environment import neutral_environment, stay_on_this_machine


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ |= {"AWS_PROFILE": "nonsense", "DELAY_LOCAL": "1", "HTTP_PROXY": "http://127.0.0.1:9"}


def test_settings_of_aws_and_of_ours_are_left_out() -> None:
    """All others stay: a build may need the proxy."""
    neutral = neutral_environment()
    assert not {"AWS_PROFILE", "DELAY_LOCAL"} & neutral.keys()
    assert neutral["HTTP_PROXY"] == "http://127.0.0.1:9"


def test_this_process_forgets_them_as_well() -> None:
    """And reaches this machine without a proxy."""
    stay_on_this_machine()
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["NO_PROXY"] == "127.0.0.1,localhost"
