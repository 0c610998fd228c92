"""The lock in hello_world/requirements.txt: the deployed packages are the tested ones."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest


def versions(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


@pytest.fixture
def locked(root: Path) -> str:
    return root.joinpath("hello_world", "requirements.txt").read_text()


def test_every_dependency_has_its_hash(locked: str) -> None:
    """With hashes, pip rejects any download other than the locked one."""
    blocks = re.split(r"^(?=\S)", locked, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(versions(locked))
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_no_dependency_has_binary_wheels(locked: str) -> None:
    """`sam build` does not compare the hash of a wheel for another processor: docs/reference/security.md."""
    wheels = {name: distribution(name).read_text("WHEEL") or "" for name in versions(locked)}
    assert wheels
    assert [name for name, text in wheels.items() if "-none-any" not in text] == []


@pytest.mark.parametrize(
    "page", ["Makefile", "docs/how-to/deploy.md", "docs/how-to/upgrade.md"], ids=lambda page: page
)
def test_builds_for_production_require_hashes(root: Path, page: str) -> None:
    """With this setting, pip rejects a download without a hash, and the build fails."""
    builds = re.findall(
        r"^.*sam build --(?:config-env prod|parameter-overrides \\).*$",
        (root / page).read_text(),
        re.MULTILINE,
    )
    assert builds
    assert [line for line in builds if "PIP_REQUIRE_HASHES=1" not in line] == []


def test_lock_names_no_registry(locked: str) -> None:
    """Each machine configures its own source of packages."""
    assert "://" not in locked
    assert "index-url" not in locked


def test_locked_versions_are_the_tested_ones(root: Path, locked: str) -> None:
    """The function's dependencies are part of the project's own lock."""
    tested = versions(root.joinpath("requirements", "dev.txt").read_text())
    assert versions(locked).items() <= tested.items()
