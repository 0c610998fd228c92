"""The application as a whole: what it requires before it starts."""

from pathlib import Path

import pytest

from stepfunctions_local.application import Addresses, serve_application
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.engine.records.data_directory import DataDirectory
from stepfunctions_local.errors import SettingError


async def test_folder_in_use_is_reported_before_a_taken_port(tmp_path: Path) -> None:
    """A second start names the process to stop, before it looks for a build or a port."""
    folder = tmp_path / "kept"
    with DataDirectory(folder), pytest.raises(SettingError, match="is in use by another process"):
        async with serve_application(tmp_path, Settings(), Addresses(), data_dir=folder):
            pass
