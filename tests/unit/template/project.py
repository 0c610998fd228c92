"""A project with a build that needs no `sam build`."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from stepfunctions_local.account import Account
from stepfunctions_local.template.build import Build, read_build
from stepfunctions_local.template.stack import TargetStack

STACK = TargetStack(Account("000000000001", "eu-west-1"), name="orders")
FUNCTION = """
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: F
      Handler: app.handler
      Runtime: python3.11
"""


@dataclass(frozen=True)
class Project:
    """A folder with a built template."""

    folder: Path
    stack: TargetStack = field(default=STACK)

    @property
    def built(self) -> Path:
        """The folder that sam build writes."""
        return self.folder / ".aws-sam" / "build"

    def write(self, template: str) -> "Project":
        """Write the built template."""
        (self.built / "F").mkdir(parents=True, exist_ok=True)
        (self.built / "template.yaml").write_text(dedent(template), encoding="utf-8")
        return self

    def write_source(self, path: str, text: str, *, seconds_after_build: int) -> None:
        """Write a source file, changed this many seconds after the build."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        changed = (self.built / "template.yaml").stat().st_mtime + seconds_after_build
        os.utime(file, (changed, changed))

    def read(self) -> Build:
        """Read the build."""
        return read_build(self.folder, self.stack)

    def resolve_variable(self, value: str, rest: str = "") -> str:
        """Return the value of a function's environment variable that a template sets to `value`."""
        template = (
            f"Resources:\n  F:{FUNCTION}      Environment: {{Variables: {{X: {value}}}}}\n{dedent(rest)}"
        )
        self.write(template)
        return self.read().functions["F"].variables["X"]
