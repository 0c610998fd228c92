"""The page on the language shows a state machine that runs as printed."""

import json
import re
from pathlib import Path
from typing import Any

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.harness import Harness

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "language.md"


async def test_example_returns_the_output_on_the_page(harness: Harness) -> None:
    """Input and duration are those on the page."""
    page = PAGE.read_text(encoding="utf-8")
    definition = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]
    given, answered = re.findall(r"`(\{\"(?:expirydate|order)\".*\})`", page)[:2]
    execution = await harness.run(value=json.loads(given), **_parts(json.loads(definition)))
    await harness.skip(1)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(1)
    assert harness.now(execution).output == answered


def _parts(definition: dict[str, Any]) -> dict[str, Any]:
    states = definition.pop("States")
    return {"states": states, **{name: value for name, value in definition.items() if name != "StartAt"}}
