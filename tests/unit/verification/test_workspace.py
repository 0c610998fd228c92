"""Each run has its folder to itself."""

from pathlib import Path

import pytest

from verification.errors import FolderTaken
from verification.workspace import workspace


def test_workspace_is_empty_at_the_start_and_kept_at_the_end(tmp_path: Path) -> None:
    """The logs of the last run stay readable; those of earlier runs are gone."""
    for number in range(2):
        with workspace(tmp_path / "rehearsal") as run:
            assert list(run.glob("log-*")) == []
            (run / f"log-{number}").touch()
    assert [path.name for path in run.glob("log-*")] == ["log-1"]


def test_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """The second run changes nothing."""
    with workspace(tmp_path) as run:
        (run / "log").touch()
        with pytest.raises(FolderTaken, match="name another folder with --folder"), workspace(tmp_path):
            pass
        assert (run / "log").exists()


def test_folder_with_foreign_files_is_never_emptied(tmp_path: Path) -> None:
    """The caller may have named the wrong folder."""
    thesis = tmp_path / "run" / "thesis.tex"
    thesis.parent.mkdir()
    thesis.touch()
    with pytest.raises(FolderTaken, match="has other files in it"), workspace(tmp_path):
        pass
    assert thesis.exists()


def test_workspace_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    """Logs contain account numbers."""
    with workspace(tmp_path) as run:
        assert run.stat().st_mode & 0o077 == 0
