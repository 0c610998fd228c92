"""A project in a temporary folder."""

from pathlib import Path

import pytest

from tests.unit.template.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
