"""The function that the tutorial writes."""

import json
import re
from datetime import timedelta
from pathlib import Path

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.handler.test_page import CALL, ROOT, project

PAGE = (ROOT / "docs" / "tutorial" / "first-task.md").read_text(encoding="utf-8")
(WORK,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_work_returns_the_output_on_the_page(tmp_path: Path) -> None:
    """It reads the payload of the tutorial's last task."""
    with LocalStepFunctions(project(tmp_path, CALL, HelloWorldFunction=WORK)) as local:
        machine = local.state_machine_arns["Machine"]
        task = json.dumps({"expirydate": 5, "order": 44})
        arn = local.client.start_execution(stateMachineArn=machine, input=task)["executionArn"]
        local.skip(timedelta(seconds=5))
        output = json.loads(local.client.describe_execution(executionArn=arn)["output"])
    assert f"Output      {json.dumps(output)}\n" in PAGE
