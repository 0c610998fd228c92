"""The programs in `examples` schedule and cancel tasks, in every language."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.command import REPOSITORY
from tests.acceptance.examples.conftest import HOUR_SECONDS
from tests.acceptance.examples.languages import Program
from tests.acceptance.steps import Call

pytestmark = pytest.mark.xdist_group("examples")


def test_javascript_lock_has_every_hash_and_no_registry() -> None:
    """The machine's own settings choose the registry."""
    text = (REPOSITORY / "examples/javascript/package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert "://" not in text


@pytest.mark.parametrize("language", ["javascript"], indirect=True)
def test_program_prints_the_due_time(program: Program, call: Call, here: dict[str, str]) -> None:
    """It follows the ARN, in UTC. The shell program omits it, because `date` differs between systems."""
    arn, _, _, _, due = program.schedule("{}", HOUR_SECONDS, **here).out.split()
    start: datetime = call("describe_execution", executionArn=arn)["startDate"]
    late = datetime.fromisoformat(due) - start.astimezone(UTC) - timedelta(seconds=HOUR_SECONDS)
    assert abs(late) < timedelta(seconds=1)
