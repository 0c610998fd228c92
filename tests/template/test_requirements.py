"""What hello_world/requirements.txt promises: the function is deployed with what it was tested with."""

import re
from pathlib import Path

import pytest


def versions(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


@pytest.fixture
def locked(root: Path) -> str:
    return root.joinpath("hello_world", "requirements.txt").read_text()


def test_every_dependency_has_its_hash(locked: str) -> None:
    """A download that is not the one that was locked is refused by pip."""
    blocks = re.split(r"^(?=\S)", locked, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(versions(locked))
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_no_registry_is_named(locked: str) -> None:
    """Where packages come from is the machine's own business."""
    assert "://" not in locked
    assert "index-url" not in locked


def test_versions_are_those_that_the_tests_ran_with(root: Path, locked: str) -> None:
    """The function's dependencies are a part of the project's own lock."""
    tested = versions(root.joinpath("requirements", "dev.txt").read_text())
    assert versions(locked).items() <= tested.items()
