"""Finds the runtime of functions in Node.js: `node`, and AWS's runtime client as npm publishes it.

The package aws-lambda-ric compiles C++, libcurl included, when it is installed. That takes a compiler, cmake
and minutes, and macOS is left out. Only the part in JavaScript is used here: one file of the package that
`npm pack` downloads. So no script of the package runs, and the packages that it compiles with are not needed.
The file is the same on every computer, and its hash is checked before it runs.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stepfunctions_local.errors import StepFunctionsLocalError

VERSION: Final = "3.3.0"
"""Its client runs in Node.js 18 and later; that of 4.0 needs 22."""

PACKAGE: Final = f"aws-lambda-ric@{VERSION}"
CLIENT_SHA256: Final = "32894075502fb0541500700c5a6aff14fb3f16485e73e6a8d009eef60dfd5faa"

_ARCHIVE: Final = f"aws-lambda-ric-{VERSION}.tgz"
_MEMBER: Final = "package/dist/index.mjs"
_NATIVE_PART: Final = "rapid-client.node"


class NodeMissing(StepFunctionsLocalError):
    """There is no `node`, or no runtime client for it."""


@dataclass(frozen=True, slots=True)
class NodeRuntime:
    """The paths of `node` and of AWS's runtime client."""

    node: str
    client: Path


def find_node_runtime(cache: Path | None = None) -> NodeRuntime:
    """Return the runtime for functions in Node.js.

    Raises:
        NodeMissing: something has to be installed. The message says what, and by which command.

    """
    node = shutil.which("node")
    if node is None:
        raise NodeMissing("install Node.js 18 or later, so that `node` is on the PATH.")
    return NodeRuntime(node, _find_client(cache or find_cache()))


def find_cache() -> Path:
    """Return the folder for the runtime client, which all projects of a user share."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "delayed-tasks"


def _find_client(cache: Path) -> Path:
    client = cache / f"aws-lambda-ric-{VERSION}" / "index.mjs"
    if not _is_genuine(_read(client)):
        _unpack(cache / _ARCHIVE, client)
    return client


def _unpack(archive: Path, client: Path) -> None:
    code = _read_member(archive)
    if code is None:
        raise NodeMissing(
            "install AWS's runtime client, once: "
            f"mkdir -p {archive.parent} && npm pack {PACKAGE} --pack-destination {archive.parent}"
        )
    if not _is_genuine(code):
        raise NodeMissing(
            f"{archive} is not {PACKAGE} as AWS published it: remove it, and download it again."
        )
    try:
        _write(client, code)
        _write(client.with_name(_NATIVE_PART), b"")  # its place is taken in memory, but the file has to exist
    except OSError as error:
        raise NodeMissing(f"{client} cannot be written: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _read_member(archive: Path) -> bytes | None:
    try:
        with tarfile.open(archive) as package:
            member = package.extractfile(_MEMBER)
            return member.read() if member else None
    except (OSError, KeyError, tarfile.TarError):
        return None


def _is_genuine(code: bytes) -> bool:
    return hashlib.sha256(code).hexdigest() == CLIENT_SHA256


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as written:
        written.write(content)
    Path(written.name).replace(path)
