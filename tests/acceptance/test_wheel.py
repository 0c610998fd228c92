"""The wheel for other projects has the name, the extras and the files that its page promises."""

import re
import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.acceptance.command import REPOSITORY

PAGE = (REPOSITORY / "docs/how-to/install.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it as `make wheel` does."""
    folder = tmp_path_factory.mktemp("dist")
    uv = Path(sys.executable).parent / "uv"
    arguments = ["--quiet", "--wheel", "--no-build-isolation", "--offline", "--out-dir", str(folder)]
    subprocess.run([uv, "build", *arguments], cwd=REPOSITORY, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_wheel_has_the_name_of_its_page(wheel: Path) -> None:
    """The page says it with its version."""
    assert set(re.findall(r"delayed_tasks-\S+?\.whl", PAGE)) == {wheel.name}


def test_wheel_has_the_extras_of_its_page(metadata: Message) -> None:
    """The table has a row for each."""
    assert metadata.get_all("Provides-Extra") == re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)


def test_wheel_needs_boto3_alone(metadata: Message) -> None:
    """Everything else belongs to an extra."""
    needed = [name for name in metadata.get_all("Requires-Dist", []) if "extra ==" not in name]
    assert needed == ["boto3>=1.40"]


def test_wheel_has_every_file_of_its_packages(wheel: Path) -> None:
    """SQL, prices and the marks of typed packages are among them."""
    tracked = subprocess.run(
        ["git", "ls-files", "delay", "stepfunctions_local"],  # noqa: S607 - whichever git a person has
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    with ZipFile(wheel) as archive:
        assert set(tracked) <= set(archive.namelist())


def test_pages_install_no_other_package_of_that_name() -> None:
    """`delay` on PyPI is a stranger's."""
    pages = [REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("examples/**/*.md")]
    named = [
        page
        for page in pages
        if re.search(r"install[^\n`]* '?delay(\[|'|`|$)", page.read_text(encoding="utf-8"))
    ]
    assert named == []
