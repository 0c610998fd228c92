"""The runtime client for Node.js: where it is found, and that nothing else is run in its place."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from stepfunctions_local.lambdas import nodejs
from stepfunctions_local.lambdas.nodejs import PACKAGE, NodeMissing, find_node_runtime

CODE = b"export const run = () => {};"
ROOT = Path(__file__).parents[3]
ARCHIVE = "aws-lambda-ric-3.3.0.tgz"


@pytest.fixture(autouse=True)
def _node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/node")
    monkeypatch.setattr(nodejs, "CLIENT_SHA256", hashlib.sha256(CODE).hexdigest())


def pack(cache: Path, code: bytes, name: str = "package/dist/index.mjs") -> None:
    """Write an archive as npm does."""
    cache.mkdir(exist_ok=True)
    member = tarfile.TarInfo(name)
    member.size = len(code)
    with tarfile.open(cache / ARCHIVE, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(code))


def test_client_is_taken_out_of_the_package(tmp_path: Path) -> None:
    """Beside it stands the file that it looks for, and the archive is not needed again."""
    pack(tmp_path, CODE)
    found = find_node_runtime(tmp_path)
    assert (found.node, found.client.read_bytes()) == ("/usr/bin/node", CODE)
    assert sorted(path.name for path in found.client.parent.iterdir()) == ["index.mjs", "rapid-client.node"]
    (tmp_path / ARCHIVE).unlink()
    assert find_node_runtime(tmp_path) == found


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_missing_client_is_named_with_its_command(tmp_path: Path, content: bytes | None) -> None:
    """The command can be pasted."""
    if content is not None:
        (tmp_path / ARCHIVE).write_bytes(content)
    command = f"mkdir -p {tmp_path} && npm pack {PACKAGE} --pack-destination {tmp_path}"
    with pytest.raises(NodeMissing, match=f"once: {command}$"):
        find_node_runtime(tmp_path)


def test_package_without_the_client_counts_as_missing(tmp_path: Path) -> None:
    """It may be another version under this name."""
    pack(tmp_path, CODE, "package/index.mjs")
    with pytest.raises(NodeMissing, match="npm pack"):
        find_node_runtime(tmp_path)


def test_other_code_is_refused(tmp_path: Path) -> None:
    """Its hash is not that of AWS's client."""
    pack(tmp_path, b"steal();")
    with pytest.raises(NodeMissing, match=rf"{ARCHIVE} is not {PACKAGE} as AWS published it: remove it"):
        find_node_runtime(tmp_path)


def test_changed_client_is_replaced(tmp_path: Path) -> None:
    """Its hash is checked each time."""
    pack(tmp_path, CODE)
    client = find_node_runtime(tmp_path).client
    client.write_bytes(b"steal();")
    assert find_node_runtime(tmp_path).client.read_bytes() == CODE


def test_client_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file may be in the way."""
    pack(tmp_path, CODE)
    (tmp_path / "aws-lambda-ric-3.3.0").write_text("in the way", encoding="utf-8")
    with pytest.raises(NodeMissing, match="cannot be written"):
        find_node_runtime(tmp_path)


def test_missing_node_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the client."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(NodeMissing, match=r"install Node\.js 18 or later"):
        find_node_runtime(tmp_path)


@pytest.mark.parametrize(
    ("home", "expected"), [("/x", "/x/delayed-tasks"), ("", "/home/me/.cache/delayed-tasks")]
)
def test_cache_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch, home: str, expected: str) -> None:
    """XDG_CACHE_HOME moves it."""
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setenv("HOME", "/home/me")
    assert nodejs.find_cache() == Path(expected)


@pytest.mark.parametrize("file", [".ci/toolchains", "docs/reference/local-functions.md"])
def test_version_is_the_same_everywhere(file: str) -> None:
    """A command with another one would install what is not used."""
    assert f"npm pack {PACKAGE} --pack-destination" in (ROOT / file).read_text("utf-8").replace(
        "--silent ", ""
    )
