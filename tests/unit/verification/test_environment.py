"""A rehearsal ignores the AWS settings in its caller's environment."""

import os

import pytest

from verification.environment import isolate_process, neutral_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ |= {"AWS_PROFILE": "nonsense", "DELAY_LOCAL": "1", "HTTP_PROXY": "http://127.0.0.1:9"}


def test_neutral_environment_omits_settings_of_aws_and_delay() -> None:
    """All other variables stay; a build may need the proxy."""
    neutral = neutral_environment()
    assert not {"AWS_PROFILE", "DELAY_LOCAL"} & neutral.keys()
    assert neutral["HTTP_PROXY"] == "http://127.0.0.1:9"


def test_isolated_process_omits_settings_of_aws_and_bypasses_the_proxy() -> None:
    """It reaches this computer without a proxy."""
    isolate_process()
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["NO_PROXY"] == "127.0.0.1,localhost"
