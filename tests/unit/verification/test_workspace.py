"""The folder of a run belongs to it alone."""

from pathlib import Path

import pytest

from verification.errors import FolderTaken
from verification.workspace import workspace


def test_it_is_empty_at_first_and_stays_at_the_end(tmp_path: Path) -> None:
    """So that the logs of the last run can be read, and are not those of an earlier one."""
    for number in range(2):
        with workspace(tmp_path / "rehearsal") as run:
            assert list(run.glob("log-*")) == []
            (run / f"log-{number}").touch()
    assert [path.name for path in run.glob("log-*")] == ["log-1"]


def test_two_runs_do_not_share_it(tmp_path: Path) -> None:
    """The second is refused, and changes nothing."""
    with workspace(tmp_path) as run:
        (run / "log").touch()
        with pytest.raises(FolderTaken, match="name another folder with --folder"), workspace(tmp_path):
            pass
        assert (run / "log").exists()


def test_what_no_run_has_written_is_not_emptied(tmp_path: Path) -> None:
    """Somebody has named the wrong folder."""
    thesis = tmp_path / "run" / "thesis.tex"
    thesis.parent.mkdir()
    thesis.touch()
    with pytest.raises(FolderTaken, match="has something else in it"), workspace(tmp_path):
        pass
    assert thesis.exists()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """Logs name accounts."""
    with workspace(tmp_path) as run:
        assert run.stat().st_mode & 0o077 == 0
