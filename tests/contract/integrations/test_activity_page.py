"""The example of an activity on the page about integrations works as printed."""

import json
import re
from pathlib import Path
from typing import Any

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "integrations.md"


def test_worker_on_the_page_approves_an_order() -> None:
    """Its state machine is on the page, too."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("### Activities")
    blocks = dict(re.findall(r"```(json|python)\n(.*?)```", section, re.DOTALL))
    names: dict[str, Any] = {}
    exec(compile(blocks["python"], PAGE, "exec"), names)  # noqa: S102 - the page is this project's own
    with LocalStepFunctions() as local:
        sfn = local.client
        sfn.create_activity(name=names["ACTIVITY"].rpartition(":")[2])
        machine = sfn.create_state_machine(name="orders", definition=blocks["json"], roleArn=ROLE)
        started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"id": 42}')
        names["work_once"](sfn)
        ended = sfn.describe_execution(executionArn=started["executionArn"])
    assert json.loads(ended["output"]) == {"approved": 42}
