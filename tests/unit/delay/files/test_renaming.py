"""An import that gives tasks other keys than their file."""

from pathlib import Path

import pytest

from delay.files.entry import Broken, Fields
from delay.files.task_file import open_task_file

NDJSON = '{"key": "order-1", "in": "1h"}\n{"in": "1h"}\n{"key": 7}\n{"key": ""}\nbroken\n'
CSV = "key,in,payload\norder-1,1h,{}\n,1h,{}\n"


@pytest.mark.parametrize(("name", "text"), [("tasks.ndjson", NDJSON), ("tasks.csv", CSV)])
def test_tasks_with_a_key_are_renamed(tmp_path: Path, name: str, text: str) -> None:
    """Other rows stay as they are, and their parser reports their errors."""
    (tmp_path / name).write_text(text)
    with open_task_file(tmp_path / name) as tasks:
        before = list(tasks.rows())
    with open_task_file(tmp_path / name, rename=lambda key: f"v2-{key}") as tasks:
        for _ in range(2):  # an import reads them twice
            first, *rest = tasks.rows()
            assert isinstance(first, Fields)
            assert first.values["key"] == "v2-order-1"
            assert rest == before[1:]
    assert name == "tasks.csv" or isinstance(before[-1], Broken)
