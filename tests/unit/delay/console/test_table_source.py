"""Tasks in a table: read by due time and by key behind the pages, within bounds, and kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from delay import Delay, Status, Task
from delay.console.bars import list_window
from delay.console.search import Search
from delay.console.source import TaskPage
from delay.console.table_pace import AWS
from delay.console.table_source import TableSource
from delay.testing import FakeTaskTable
from tests.unit.delay.console.reads import Reads

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PACE = replace(AWS, patience_seconds=0)


@pytest.fixture
def delay(table: FakeTaskTable) -> Delay:
    return Delay(table.arn, backend=table)


@pytest.fixture
def reads(table: FakeTaskTable) -> Reads:
    return Reads(table.clock)


@pytest.fixture
def source(delay: Delay, reads: Reads) -> TableSource:
    return build(delay, reads)


def build(delay: Delay, reads: Reads, **options: Any) -> TableSource:
    return TableSource(delay, PACE, background=reads.background, **options)


def schedule(delay: Delay, **minutes: float) -> None:
    for key, number in minutes.items():
        delay.schedule({"n": key}, after=number * MINUTE, key=key)


def list_keys(page: TaskPage) -> list[str]:
    return [task.key for task in page.tasks]


def load(source: TableSource, reads: Reads, search: Search | None = None, limit: int = 50) -> TaskPage:
    """Return the page of a search once all reads that it asks for are made."""
    for _ in range(4):
        source.list_waiting(search or Search(), limit)
        reads.finish()
    return source.list_waiting(search or Search(), limit)


def follow(source: TableSource, reads: Reads, search: Search, limit: int) -> list[str]:
    """Return the keys of all pages of a search."""
    page = load(source, reads, search, limit)
    found = list_keys(page)
    while page.following:
        page = load(source, reads, search.at(page.following), limit)
        found += list_keys(page)
    return found


def test_nothing_is_read_before_a_page_asks(source: TableSource, table: FakeTaskTable, reads: Reads) -> None:
    """The page says that it is being read, and is not empty for good."""
    assert table.requests == []
    page = source.list_waiting(Search(), 50)
    assert (page.tasks, page.freshness.is_first) == ((), True)
    assert table.requests == []
    reads.finish()
    assert not source.list_waiting(Search(), 50).freshness.is_first


def test_next_due_tasks_come_first_whatever_their_keys(
    delay: Delay, reads: Reads, source: TableSource
) -> None:
    """With their payloads; those after the next hour follow, also if they are due in years."""
    schedule(delay, a=600, b=30, c=5, d=60 * 24 * 900)
    page = load(source, reads)
    assert list_keys(page) == ["c", "b", "a", "d"]
    assert [task.payload for task in page.tasks] == [{"n": key} for key in "cbad"]
    assert page.following is None


def test_bars_and_first_page_are_one_read(
    delay: Delay, reads: Reads, table: FakeTaskTable, source: TableSource
) -> None:
    """The slots of an hour are read once, and kept."""
    schedule(delay, a=5, b=5, c=50)
    load(source, reads)
    before = len(table.requests)
    minutes = source.count_by_minute(*list_window(delay.clock.now()))
    assert sorted((minutes.minutes or {}).values()) == [1, 2]
    assert minutes.known_until is None
    assert len(table.requests) == before


def test_bars_say_up_to_which_second_they_are_known(delay: Delay, reads: Reads) -> None:
    """A read ends once it has enough tasks, also within a minute."""
    schedule(delay, a=2, b=2, c=2, d=10, e=20)
    source = build(delay, reads, most_due=2)
    load(source, reads)
    minutes = source.count_by_minute(*list_window(delay.clock.now()))
    assert list((minutes.minutes or {}).values()) == [2]
    assert minutes.known_until == delay.clock.now() + 2 * MINUTE - timedelta(seconds=1)


@pytest.mark.parametrize("most_keys", [2, 100])
def test_pages_follow_each_other_in_due_order(delay: Delay, reads: Reads, most_keys: int) -> None:
    """Also if the keys are too many for one pass, and each read by due time is cut."""
    due = {f"{key}{number}": 7 + 13 * number for number in range(6) for key in "ab"}
    schedule(delay, **due)
    source = build(delay, reads, most_due=3, most_keys=most_keys)
    expected = sorted(due, key=lambda key: (due[key], key))
    until = delay.clock.now() + 2 * HOUR
    assert follow(source, reads, Search(due_until=until), 2) == expected
    assert follow(source, reads, Search("b", due_until=until), 2) == [
        key for key in expected if key[0] == "b"
    ]


def test_tasks_of_one_second_are_paged_through(delay: Delay, reads: Reads, table: FakeTaskTable) -> None:
    """However many they are: each read goes on after the last task of the one before, and is kept."""
    keys = [f"{letter}{end}" for letter in "abcdef" for end in ("!", "", "x")]
    schedule(delay, **dict.fromkeys(keys, 30))
    source = build(delay, reads, most_due=5, most_keys=2)
    minute = delay.clock.now() + 30 * MINUTE
    search = Search(due_from=minute, due_until=minute + MINUTE - timedelta(seconds=1))
    assert follow(source, reads, search, 2) == keys
    table.requests.clear()
    assert follow(source, reads, search, 2) == keys
    assert table.requests == []


@pytest.mark.parametrize("most_keys", [2, 100])
def test_search_by_due_time_is_exact(delay: Delay, reads: Reads, most_keys: int) -> None:
    """To the second, both ends included."""
    schedule(delay, a=10, b=11, c=12, d=13)
    now = delay.clock.now()
    search = Search(status=Status.WAITING, due_from=now + 11 * MINUTE, due_until=now + 12 * MINUTE)
    source = build(delay, reads, most_keys=most_keys)
    assert list_keys(load(source, reads, search)) == ["b", "c"]


def test_page_says_up_to_which_due_time_it_lists(delay: Delay, reads: Reads) -> None:
    """If neither the next day nor the first keys fill it."""
    schedule(delay, a=10, b=60 * 30, c=60 * 40)
    page = load(build(delay, reads, most_keys=2), reads)
    assert list_keys(page) == ["a"]
    assert "are listed here: the next page goes on from there" in (page.freshness.note or "")
    assert page.following


def test_fired_task_moves_before_the_lists_are_read_again(
    delay: Delay, reads: Reads, table: FakeTaskTable, source: TableSource
) -> None:
    """It is read by itself, since its due time has passed."""
    schedule(delay, a=1, b=30)
    load(source, reads)
    source.list_ended(Search(), 10)
    reads.wait(61)
    table.requests.clear()
    source.list_waiting(Search(), 50)
    reads.finish_one_by_one()
    assert list_keys(source.list_waiting(Search(), 50)) == ["b"]
    assert list_keys(source.list_ended(Search(), 10)) == ["a"]
    assert table.requests


def test_moved_task_stands_at_its_new_time_at_once(delay: Delay, reads: Reads, source: TableSource) -> None:
    """The change of a page is read after it; the lists are not."""
    schedule(delay, a=10, b=20)
    load(source, reads)
    reads.now += 0.1
    delay.reschedule("a", after=30 * MINUTE)
    source.forget("a")
    assert list_keys(source.list_waiting(Search(), 50)) == ["b", "a"]
    delay.cancel("b")
    source.forget("b")
    assert list_keys(source.list_waiting(Search(), 50)) == ["a"]
    assert list_keys(source.list_ended(Search(status=Status.CANCELLED), 50)) == ["b"]
    source.forget("missing")


def test_one_pass_gives_the_numbers_and_the_ended_tasks(
    delay: Delay, reads: Reads, table: FakeTaskTable, source: TableSource
) -> None:
    """By status, the latest first, with results and errors."""
    schedule(delay, a=10)
    for key, payload in (("done", {"returns": 1}), ("broken", {"fail": "closed"})):
        delay.schedule(payload, after=MINUTE, key=key)
    table.clock.forward(2 * MINUTE)
    load(source, reads)
    counts = source.count("").counts
    assert counts is not None
    assert (counts.by_status[Status.WAITING], counts.by_status[Status.FAILED]) == (1, 1)
    assert sorted(list_keys(source.list_ended(Search(), 10))) == ["broken", "done"]
    (failed,) = source.list_ended(Search(status=Status.FAILED), 10).tasks
    assert (failed.key, failed.cause is None) == ("broken", False)
    assert list_keys(source.list_ended(Search("x", Status.FAILED), 10)) == []


def test_incomplete_pass_counts_apart(delay: Delay, reads: Reads) -> None:
    """And says which part of the ended tasks is shown."""
    schedule(delay, a=10, b=20, c=30)
    source = build(delay, reads, most_keys=1)
    for _ in range(2):
        source.count("")
        reads.finish()
    page = source.count("")
    assert page.counts is not None
    assert (page.counts.open, page.counts.lower_bounds) == (3, frozenset())
    note = source.list_ended(Search(status=Status.FAILED), 10).freshness.note
    assert "among the first 1 keys" in (note or "")


def test_skipped_time_has_lists_read_anew_at_once(
    delay: Delay, reads: Reads, table: FakeTaskTable, source: TableSource
) -> None:
    """However lately they were read."""
    schedule(delay, a=60 * 24)
    load(source, reads)
    before = source.revision()
    table.clock.forward(2 * DAY)
    reads.now += 0.2
    assert source.revision() != before
    assert list_keys(load(source, reads)) == []
    assert list_keys(source.list_ended(Search(), 10)) == ["a"]


def test_changed_rows_are_read_after_a_rest(delay: Delay, reads: Reads) -> None:
    """If something notices changes. Otherwise lists are kept for their time."""
    rows = ["0"]
    source = build(delay, reads, watch=lambda: rows[0])
    load(source, reads)
    schedule(delay, a=10)
    reads.wait(1)
    assert list_keys(load(source, reads)) == []
    rows[0] = "1"
    reads.wait(1)
    assert list_keys(load(source, reads)) == ["a"]


def test_large_list_is_kept_for_longer(delay: Delay, reads: Reads, table: FakeTaskTable) -> None:
    """Rows cost money: their number in a second has a bound."""
    schedule(delay, **{f"a{number}": 10 for number in range(9)})
    pace = replace(PACE, due_per_second=6, keys_per_second=0.1)
    source = TableSource(delay, pace, background=reads.background)
    load(source, reads)
    table.requests.clear()
    reads.wait(80)
    load(source, reads)
    assert table.requests == []
    reads.wait(20)
    load(source, reads)
    assert "query_slot" in table.requests


def test_failed_read_is_reported_with_what_was_read_before(
    delay: Delay, reads: Reads, table: FakeTaskTable, source: TableSource
) -> None:
    """It is tried again in a while."""
    schedule(delay, a=10)
    load(source, reads)
    reads.wait(30)
    table.fail("query_slot", "AccessDeniedException", times=999)
    source.list_waiting(Search(), 50)
    reads.finish()
    page = source.list_waiting(Search(), 50)
    assert list_keys(page) == ["a"]
    assert "dynamodb:" in (page.freshness.error or "")


def test_page_of_a_task_reads_it_every_few_seconds(
    delay: Delay, reads: Reads, table: FakeTaskTable, source: TableSource
) -> None:
    """However often it is loaded."""
    schedule(delay, a=10)
    assert source.read_task("a").task.status is Status.WAITING
    table.requests.clear()
    source.read_task("a")
    assert table.requests == []
    reads.wait(6)
    task: Task = source.read_task("a").task
    assert (task.key, bool(table.requests)) == ("a", True)


def test_page_of_a_task_shows_a_change_that_was_noticed(delay: Delay, reads: Reads) -> None:
    """Though the task was read less than a second before: no other change may come to show it."""
    rows = ["1"]
    source = build(delay, reads, watch=lambda: rows[-1])
    schedule(delay, a=10)
    assert source.read_task("a").task.status is Status.WAITING
    delay.cancel("a")
    rows.append("2")
    reads.now += 0.2
    assert source.read_task("a").task.status is Status.CANCELLED
