"""Functions of several runtimes and kinds of code."""

from pathlib import Path

import pytest

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.template import functions
from tests.unit.template.project import FUNCTION, Project

NODE = FUNCTION.replace("python3.11", "nodejs22.x")


def read(project: Project, function: str) -> Function:
    """Return the function F of a build."""
    return project.write(f"Resources:\n  F:{function}").read().functions["F"]


def test_function_in_node_is_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """If what it runs with is installed."""
    monkeypatch.setattr(functions, "find_node_runtime", lambda: None)
    assert read(project, NODE).runtime == "nodejs22.x"


def test_missing_node_is_named_with_what_to_do(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Once it is installed, the function is read without a restart."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    built = project.write(f"Resources:\n  F:{NODE}").read()
    with pytest.raises(TemplateError, match=r"^Resources/F/Properties/Runtime: F is in Node.js: install"):
        built.functions["F"]
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/node")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(TemplateError, match=r"once: mkdir -p \S+/delayed-tasks && npm pack aws-lambda-ric@"):
        built.functions["F"]
    monkeypatch.setattr(functions, "find_node_runtime", lambda: None)
    assert built.functions["F"].handler == "app.handler"


def test_image_is_named_as_one_fault(project: Project) -> None:
    """It has neither code, nor handler, nor runtime."""
    with pytest.raises(TemplateError) as caught:
        read(
            project,
            "\n    Type: AWS::Serverless::Function\n    Properties: {PackageType: Image, ImageUri: a}",
        )
    message = (
        "Resources/F/Properties/PackageType: F is a container image. Serve it with `sam local start-lambda`"
    )
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


INLINE = FUNCTION.replace("CodeUri: F", "InlineCode: 'def handler(event, context): return 1'")
ZIPPED = FUNCTION.replace("Serverless", "Lambda").replace("CodeUri: F", "Code: {ZipFile: 'a = 1'}")


@pytest.mark.parametrize(
    ("function", "file", "code"),
    [
        (INLINE, "index.py", "def handler(event, context): return 1"),
        (ZIPPED, "index.py", "a = 1"),
        (ZIPPED.replace("python3.11", "nodejs20.x"), "index.js", "a = 1"),
    ],
)
def test_code_in_the_template_becomes_a_file(
    project: Project, monkeypatch: pytest.MonkeyPatch, function: str, file: str, code: str
) -> None:
    """Of the name that Lambda gives it, and again only if it has changed."""
    monkeypatch.setattr(functions, "find_node_runtime", lambda: None)
    folder = read(project, function).code
    assert (folder / file).read_text("utf-8") == code
    state = folder.stat().st_ctime_ns
    assert read(project, function).code.stat().st_ctime_ns == state
    changed = read(project, function.replace("1'", "2'"))
    assert (changed.code / file).read_text("utf-8").endswith("2")
    assert [path.name for path in folder.iterdir()] == [file]


def test_inline_code_that_cannot_be_written_is_refused(project: Project) -> None:
    """The message has the path."""
    project.write("a: 1")
    (project.built.parent / "inline").write_text("in the way", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"^Resources/F/Properties/CodeUri: cannot write .*index.py"):
        read(project, INLINE)


def test_archive_is_refused(project: Project) -> None:
    """A worker runs in a folder."""
    project.write("a: 1")
    (project.built / "F.zip").write_bytes(b"")
    with pytest.raises(TemplateError, match=r"CodeUri is the file .*F.zip: unpack it, and name its folder"):
        read(project, FUNCTION.replace("CodeUri: F", "CodeUri: F.zip"))
