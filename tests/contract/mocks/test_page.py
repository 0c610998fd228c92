"""The example of the page about mocks works as printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "mock.md"


def read_blocks(language: str) -> list[str]:
    """Return the page's blocks of code in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the page's files into a folder, and work there."""
    definition, mocks = read_blocks("json")
    (tmp_path / "LambdaSQSIntegration.asl.json").write_text(definition)
    (tmp_path / "MockConfigFile.json").write_text(mocks)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_test_on_the_page_passes() -> None:
    """It runs the retries."""
    (example,) = read_blocks("python")
    names: dict[str, Any] = {}
    exec(compile(example, PAGE, "exec"), names)  # noqa: S102 - the page is this project's own
    names["test_a_slow_function_is_called_until_it_answers"]()


def test_happy_path_on_the_page_succeeds_at_once(project: Path) -> None:
    """The start's answer has the execution, and the state machine's own ARN is unchanged."""
    definition = (project / "LambdaSQSIntegration.asl.json").read_text()
    with LocalStepFunctions(mock_config=project / "MockConfigFile.json") as local:
        sfn = local.client
        arn = sfn.create_state_machine(name="LambdaSQSIntegration", definition=definition, roleArn=ROLE)[
            "stateMachineArn"
        ]
        started = sfn.start_execution(stateMachineArn=f"{arn}#HappyPath", name="happy")
        ended = sfn.describe_execution(executionArn=started["executionArn"])
        assert (ended["status"], ended["stateMachineArn"]) == ("SUCCEEDED", arn)
        assert json.loads(ended["output"]) == {"MessageId": "3bcb6e8e-8b51-4375-b0bc-1a59812c6e51"}
