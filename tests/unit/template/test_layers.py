"""The layers of functions: folders of the build, and others, which are named."""

from pathlib import Path

import pytest

from stepfunctions_local.template.build import Build
from tests.unit.template.project import FUNCTION, Project

COMMON = (
    "  Common: {Type: AWS::Serverless::LayerVersion, Properties: {LayerName: common, ContentUri: Common}}\n"
)
PLAIN = "  Plain: {Type: AWS::Lambda::LayerVersion, Properties: {Content: ../../layers/plain}}\n"
ARN = "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311:18"


def read(project: Project, layers: str, rest: str = "") -> Build:
    """Read a build with a function that has these layers."""
    (project.built / "Common" / "python").mkdir(parents=True)
    (project.folder / "layers" / "plain").mkdir(parents=True)
    function = f"{FUNCTION}      Layers: {layers}\n"
    return project.write(f"Resources:\n  F:{function}{COMMON}{PLAIN}{rest}").read()


def test_layers_of_the_template_have_folders(project: Project) -> None:
    """In their order, in the build or beside the template."""
    build = read(project, "[!Ref Common, !GetAtt Plain.LayerVersionArn]")
    folders = (project.built / "Common", project.folder / "layers" / "plain")
    assert build.functions["F"].layers == tuple(folder.resolve() for folder in folders)
    assert build.warnings == ()


def test_layers_of_globals_come_first(project: Project) -> None:
    """As SAM merges lists."""
    build = read(project, "[!Ref Plain]", "Globals: {Function: {Layers: [!Ref Common]}}\n")
    assert [folder.name for folder in build.functions["F"].layers] == ["Common", "plain"]


@pytest.mark.parametrize(
    ("layers", "rest", "warning"),
    [
        (f"['{ARN}']", "", f"the layer {ARN} is on AWS: put what the function needs"),
        (
            "[!Ref Away]",
            "  Away: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s3://bucket/key}}\n",
            "Resources/Away/Properties/ContentUri is 's3://bucket/key', and not a folder on this computer",
        ),
        (
            "[!Ref Arn]",
            "Parameters: {Arn: {Type: String}}\n",
            "Resources/F/Properties/Layers/0: the parameter Arn",
        ),
        ("!Ref Common", "", "Resources/F/Properties/Layers is 'arn:aws:lambda"),
    ],
)
def test_other_layer_is_named_and_the_function_runs_without(
    project: Project, layers: str, rest: str, warning: str
) -> None:
    """The warning says what to do."""
    build = read(project, layers, rest)
    (said,) = build.warnings
    assert said.startswith(f"F lacks a layer: {warning}")
    assert build.functions["F"].layers == ()


def test_changed_layer_makes_the_build_stale(project: Project) -> None:
    """As a function's code does."""
    project.write(f"Resources:\n  F:{FUNCTION}")
    source = "Resources: {L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layers/common}}}"
    project.write_source("template.yaml", source, seconds_after_build=-9)
    project.write_source(str(Path("layers") / "common" / "python" / "a.py"), "", seconds_after_build=9)
    (warning,) = project.read().warnings
    assert warning.startswith("layers/common/python/a.py has changed since the last build")
