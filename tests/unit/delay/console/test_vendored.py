"""The libraries in the console's folder are those of their packages, unchanged, with their licences."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from delay.console import bars
from delay.console import format as text
from delay.console.web import find_static

STATIC = files("delay.console") / "static"


def test_libraries_are_those_of_their_packages() -> None:
    """`vendored.json` has their versions, and the digests of the files."""
    vendored = json.loads((STATIC / "vendored.json").read_text(encoding="utf-8"))
    for library in vendored:
        digest = hashlib.sha256((STATIC / library["file"]).read_bytes()).hexdigest()
        assert digest == library["sha256"], library["file"]
        assert (STATIC / library["licence_file"]).is_file()
    assert {each["file"] for each in vendored} == {
        path.name for path in STATIC.iterdir() if path.name.endswith(".min.js")
    }


def test_bars_are_of_the_next_hour() -> None:
    """The highest is full, and one of few tasks can still be seen."""
    now = datetime(2026, 12, 1, 12, 0, 30, tzinfo=UTC)
    first, last = bars.list_window(now)
    assert (first, last) == (now.replace(second=0), now.replace(minute=59, second=59))
    drawn = bars.build_bars({first: 1000, first + timedelta(minutes=59): 1}, now)
    assert [drawn[index].height for index in (0, 1, 59)] == [100, 0, 2]
    assert drawn[0].end == first.replace(second=59)


def test_bar_of_a_minute_read_in_part_is_no_known_one() -> None:
    """It has the tasks that were read."""
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    minute = timedelta(minutes=1)
    drawn = bars.build_bars({now: 3, now + minute: 9}, now, now + minute + timedelta(seconds=30))
    assert [(bar.tasks, bar.is_known) for bar in drawn[:3]] == [(3, True), (9, False), (0, False)]


def test_address_of_a_file_changes_with_it() -> None:
    """Browsers keep files for an hour, also if the console has become another one."""
    address = find_static("console.js")
    digest = hashlib.sha256((STATIC / "console.js").read_bytes()).hexdigest()
    assert address == f"/static/console.js?{digest[:12]}"


def test_texts_are_short_and_plain() -> None:
    """Durations to what matters, JSON to its first words."""
    assert text.format_span(timedelta(milliseconds=12)) == "12 ms"
    assert text.format_span(timedelta(seconds=12.34)) == "12.3 s"
    assert text.format_span(timedelta(hours=1)) == "1h"
    assert text.format_countdown(timedelta(seconds=-5)) == "5s late"
    assert len(text.preview_json({"a": "x" * 1000})) == 120
    assert text.preview_json(None) == ""
    nested: object = 1
    for _ in range(100_000):
        nested = [nested]
    assert "nested too deeply" in text.write_json(nested)
    cut = text.show_json(["x" * 200_000])
    assert (len(cut.text), cut.length, cut.is_cut) == (100_000, 200_008, True)
    assert not text.show_json(["x"]).is_cut
