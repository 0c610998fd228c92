"""A new build is taken over by a running application, and its waiting tasks run the new code."""

import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from delay import Delay, Status
from delay.aws.connection import connect_local
from stepfunctions_local.application import Addresses, LocalApplication, serve_application
from stepfunctions_local.background import in_background
from stepfunctions_local.engine.engine import Settings
from tests.acceptance.command import eventually

TEMPLATE = """
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Greet
      Handler: app.handle
      Runtime: python3.13
      Timeout: 30
      Environment: {{Variables: {{GREETING: {greeting}}}}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        Comment: {greeting}
        StartAt: Wait
        States:
          Wait: {{Type: Wait, SecondsPath: $.expirydate, Next: Call}}
          Call: {{Type: Task, Resource: !GetAtt Greet.Arn, End: true}}
"""
CODE = "import os\n\ndef handle(event, context):\n    return [os.environ['GREETING'], {version!r}]\n"


def build(project: Path, greeting: str, version: str) -> None:
    """Do as `sam build`: remove the build, and write the template last."""
    built = project / ".aws-sam" / "build"
    shutil.rmtree(built, ignore_errors=True)
    (built / "Greet").mkdir(parents=True)
    (built / "Greet" / "app.py").write_text(CODE.format(version=version))
    (built / "template.yaml").write_text(TEMPLATE.format(greeting=greeting))


@dataclass
class Local:
    """A running application, a client for its tasks, and everything that it said."""

    project: Path
    said: list[str] = field(default_factory=list)

    def open(self, running: LocalApplication) -> Delay:
        """Return the client."""
        sfn = connect_local(running.states_url, "us-east-1")
        return Delay(running.state_machine_arns["Machine"], sfn)


@pytest.fixture
def local(tmp_path: Path) -> Local:
    build(tmp_path, "hello", "first")
    return Local(tmp_path)


def test_waiting_task_runs_the_new_code(local: Local) -> None:
    """With the variables of the new template. The definition for later tasks changes, too."""
    addresses = Addresses(states_port=0, lambda_port=0)
    application = serve_application(local.project, Settings(), addresses, say=local.said.append)
    with in_background(application) as running:
        delay = local.open(running)
        waiting = delay.schedule({}, after=timedelta(days=300), key="waiting")
        due = delay.wait(delay.schedule({}, after=timedelta()), timedelta(seconds=60))
        assert due.output == ["hello", "first"]
        build(local.project, "goodbye", "second")
        due = delay.wait(delay.schedule({}, after=timedelta()), timedelta(seconds=60))
        assert due.output == ["goodbye", "second"]
        assert local.said == [
            "The new build runs from now on. Waiting tasks keep the definition of their start."
        ]
        assert delay.get(waiting).status is Status.WAITING


def test_change_is_seen_without_a_call(local: Local) -> None:
    """A person learns of it at once, and not when the next task is due."""
    addresses = Addresses(states_port=0, lambda_port=0)
    application = serve_application(local.project, Settings(), addresses, say=local.said.append)
    with in_background(application):
        build(local.project, "goodbye", "second")
        assert eventually(lambda: bool(local.said))
