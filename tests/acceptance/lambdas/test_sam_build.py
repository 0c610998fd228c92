"""The output of the real `sam build` is read and served, and so is the output of the next build."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.lambdas.invocation import Invocation
from stepfunctions_local.lambdas.pool import Pool, Processes, read_code_version
from stepfunctions_local.lambdas.worker import Worker
from stepfunctions_local.template.build import Build, read_build

BIN = Path(sys.executable).parent
TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Runtime: python3.{sys.version_info.minor}}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello/
      Handler: app.handler
      Environment: {{Variables: {{MACHINE: !Ref Delay}}}}
  Delay:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: delay.asl.json
      DefinitionSubstitutions: {{Hello: !GetAtt Hello.Arn}}
"""
CODE = "import os\ndef handler(event, context): return [{number}, os.environ['MACHINE']]\n"
MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:Delay"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "hello").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "delay.asl.json").write_text('"${Hello}"')
    return tmp_path


def run_sam_build(project: Path, number: int) -> Build:
    (project / "hello" / "app.py").write_text(CODE.format(number=number))
    environment = {"HOME": str(project), "PATH": f"{BIN}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    command = [str(BIN / "sam"), "build", "--template", str(project / "template.yaml")]
    subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
    return read_build(project)


async def test_build_is_served_and_so_is_the_next(project: Path) -> None:
    """A changed source causes a warning, and runs after the next build."""
    build = run_sam_build(project, 1)
    assert build.warnings == ()
    assert (
        build.state_machines["Delay"].definition == '"arn:aws:lambda:us-east-1:123456789012:function:Hello"'
    )
    function, invocation = build.functions["Hello"], Invocation("1", b"{}", "arn", "Root=1")
    account, log = Account(), io.StringIO()
    pool = Pool(
        lambda: Worker.start(function, account, log),
        lambda: read_code_version(function.code),
        Processes(each=1, in_all=1),
        function.name,
    )
    assert (await pool.run(invocation)).payload == f'[1, "{MACHINE_ARN}"]'.encode()
    (project / "hello" / "app.py").write_text(CODE.format(number=2))
    assert "has changed since the last build" in read_build(project).warnings[0]
    assert run_sam_build(project, 2).warnings == ()
    assert (await pool.run(invocation)).payload == f'[2, "{MACHINE_ARN}"]'.encode()
    await pool.close()
