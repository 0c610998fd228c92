"""The folder of a run belongs to it alone."""

from pathlib import Path

import pytest

from verification.errors import FolderTaken
from verification.workspace import workspace


def test_it_is_empty_at_first_and_stays_at_the_end(tmp_path: Path) -> None:
    """So that the logs of the last run can be read, and are not those of an earlier one."""
    for number in range(2):
        with workspace(tmp_path / "rehearsal") as run:
            assert list(run.iterdir()) == []
            (run / f"log-{number}").touch()
    assert [path.name for path in run.iterdir()] == ["log-1"]


def test_two_runs_do_not_share_it(tmp_path: Path) -> None:
    """The second is refused, and changes nothing."""
    with workspace(tmp_path) as run:
        (run / "log").touch()
        with pytest.raises(FolderTaken, match="name another folder with --folder"), workspace(tmp_path):
            pass
        assert (run / "log").exists()
