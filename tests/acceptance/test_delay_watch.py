"""`delay local --watch` with the real `sam build`: an edit reaches waiting tasks, and none is dropped."""

import json
import os
import re
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.command import BIN, eventually, run, running
from tests.acceptance.steps import with_boto3

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 120
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  PythonRuntime: {Type: String, Default: python3.99}
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handle
      Runtime: !Ref PythonRuntime
      Environment: {Variables: {GREETING: hello}}
  DelayStateMachine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Wait
        States:
          Wait: {Type: Wait, SecondsPath: $.expirydate, Next: Call}
          Call: {Type: Task, Resource: !GetAtt Greet.Arn, End: true}
"""
CODE = "import os\n\ndef handle(event, context):\n    return [os.environ['GREETING'], {version!r}]\n"
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "requirements.txt").write_text("")
    write_code(tmp_path, "first")
    return tmp_path


@pytest.fixture
def parameters() -> tuple[str, str]:
    ended = run("python", "-c", "import sys; print('python3.%d' % sys.version_info[1])")
    return "--parameter-overrides", f"PythonRuntime={ended.out.strip()}"


def write_code(project: Path, version: str) -> None:
    """Write the function, which returns its version."""
    (project / "src" / "app.py").write_text(CODE.format(version=version))


def test_edit_reaches_waiting_tasks(project: Path, parameters: tuple[str, str], tmp_path: Path) -> None:
    """Code and template variables; a build that fails changes nothing."""
    path = f"{BIN}:{os.environ['PATH']}"  # SAM looks there for a Python that has pip
    built = run(
        "sam",
        "build",
        *parameters,
        folder=project,
        seconds=PATIENCE_SECONDS,
        PATH=path,
        SAM_CLI_TELEMETRY="0",
    )
    assert built.code == 0, built.err
    options = ("--port", "0", "--lambda-port", "0", "--watch", *parameters)
    with running("delay", "local", *options, folder=tmp_path, project=project) as started:
        call = with_boto3(started.urls[0])

        def start(name: str, seconds: int) -> str:
            text = json.dumps({"expirydate": seconds})
            return str(call("start_execution", stateMachineArn=ARN, name=name, input=text)["executionArn"])

        def output(arn: str) -> object:
            described = call("describe_execution", executionArn=arn)
            return json.loads(described.get("output", "null"))

        def run_now() -> object:
            arn = start(str(uuid4()), 0)
            eventually(lambda: output(arn) is not None)
            return output(arn)

        first, waiting = start("first", 0), start("waiting", 7 * 86_400)
        assert eventually(lambda: output(first) == ["hello", "first"]), started.err

        write_code(project, "second")
        (project / "template.yaml").write_text(TEMPLATE.replace("hello", "goodbye"))
        assert eventually(lambda: "The new build runs" in started.err, PATIENCE_SECONDS), started.err
        # The first file may have been built before the second was written.
        assert eventually(lambda: run_now() == ["goodbye", "second"], PATIENCE_SECONDS), started.err
        assert run("delay", "clock", "skip", "7d", "--endpoint-url", started.urls[0]).code == 0
        assert output(waiting) == ["goodbye", "second"]

        (project / "template.yaml").write_text(TEMPLATE.replace("!Ref PythonRuntime", "python2.7"))
        assert eventually(lambda: "The build failed" in started.err, PATIENCE_SECONDS), started.err
        last = start("last", 0)
        assert eventually(lambda: output(last) == ["goodbye", "second"]), started.err
        assert started.end() == 0
    assert not re.search("Traceback", started.err)
