"""Tasks on AWS: what is known is shown at once, the rest is read at a pace."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from delay import Delay, Status
from delay.console.paced_source import DETAILS_PER_SECOND, PacedSource
from delay.console.search import Search
from delay.task import Task
from delay.testing import FakeStepFunctions
from tests.unit.delay.console.reads import Reads

HOUR = timedelta(hours=1)


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
def source(delay: Delay, reads: Reads) -> PacedSource:
    return PacedSource(delay, background=reads.background)


def test_nothing_is_read_before_a_page_asks(source: PacedSource, sfn: FakeStepFunctions) -> None:
    """And a page does not wait for what it asks for."""
    assert sfn.requests == []
    assert source.list_waiting(Search(), 50).tasks == ()
    assert source.count("").counts is None
    assert sfn.requests == []


def test_due_times_follow_the_list(source: PacedSource, delay: Delay, reads: Reads) -> None:
    """First the page says how many tasks are still being read; then it is ordered by due time."""
    for key, hours in (("a", 3), ("b", 1), ("c", 2)):
        delay.schedule({"n": key}, after=hours * HOUR, key=key)
    source.list_waiting(Search(), 50)
    before = source.revision()
    reads.finish()
    assert source.revision() != before
    listed = source.list_waiting(Search(), 50)
    assert {task.status for task in listed.tasks} == {Status.OPEN}
    assert (listed.freshness.unread, listed.freshness.per_second) == (3, DETAILS_PER_SECOND)
    reads.finish()
    complete = source.list_waiting(Search(), 50)
    assert [(task.key, task.payload) for task in complete.tasks] == [
        ("b", {"n": "b"}),
        ("c", {"n": "c"}),
        ("a", {"n": "a"}),
    ]
    assert complete.freshness.unread == 0


def test_reads_keep_to_the_pace(
    source: PacedSource, delay: Delay, reads: Reads, sfn: FakeStepFunctions
) -> None:
    """However many pages ask, a task is described every half second at most."""
    for number in range(20):
        delay.schedule({}, after=HOUR, key=f"task-{number}")
    source.list_waiting(Search(), 50)
    reads.finish()
    sfn.requests.clear()
    for _ in range(10):
        source.list_waiting(Search(), 50)
    reads.finish()
    assert reads.now == 20 / DETAILS_PER_SECOND
    assert sfn.requests.count("describe_execution") <= 40


def test_lists_and_counts_are_kept(
    source: PacedSource, delay: Delay, reads: Reads, sfn: FakeStepFunctions
) -> None:
    """With their age, until they are old."""
    delay.schedule({}, after=HOUR, key="a")
    source.count("")
    reads.finish()
    sfn.requests.clear()
    reads.now += 100
    page = source.count("")
    assert page.counts is not None
    assert page.counts.open == 1
    assert page.freshness.age == timedelta(seconds=100)
    reads.finish()
    assert sfn.requests == []
    reads.now += 300
    source.count("")
    reads.finish()
    assert "list_executions" in sfn.requests


def test_failed_read_is_said_with_what_was_read_before(
    source: PacedSource, delay: Delay, reads: Reads, sfn: FakeStepFunctions
) -> None:
    """The page stays usable."""
    delay.schedule({}, after=HOUR, key="a")
    source.list_waiting(Search(), 50)
    reads.finish()
    reads.now += 60
    sfn.fail("list_executions", "AccessDeniedException", times=9)
    source.list_waiting(Search(), 50)
    reads.finish()
    page = source.list_waiting(Search(), 50)
    assert [task.key for task in page.tasks] == ["a"]
    assert "states:ListExecutions" in (page.freshness.error or "")


def test_known_task_that_is_due_runs(
    source: PacedSource, delay: Delay, reads: Reads, sfn: FakeStepFunctions
) -> None:
    """It is not described again for that. Ended ones come from their own lists."""
    delay.schedule({}, after=HOUR, key="a")
    for _ in range(2):
        source.list_waiting(Search(), 50)
        reads.finish()
    sfn.clock.forward(2 * HOUR)
    assert source.list_waiting(Search(), 50).tasks == ()
    assert [task.key for task in source.list_running(Search(), 50).tasks] == ["a"]
    for _ in range(2):
        source.list_ended(Search(status=Status.SUCCEEDED), 50)
        source.list_ended(Search(), 50)
        reads.finish()
    assert [task.key for task in source.list_ended(Search(), 50).tasks] == ["a"]
    assert [task.key for task in source.list_ended(Search(status=Status.SUCCEEDED), 50).tasks] == ["a"]


def test_pages_of_known_tasks_follow_each_other(source: PacedSource, delay: Delay, reads: Reads) -> None:
    """By a place that survives what is read in between."""
    for number in range(5):
        delay.schedule({}, after=(number + 1) * HOUR, key=f"task-{number}")
    source.list_waiting(Search(), 50)
    reads.finish()
    source.list_waiting(Search(), 50)
    reads.finish()
    first = source.list_waiting(Search(), 2)
    second = source.list_waiting(Search(after=first.following), 2)
    assert [task.key for task in (*first.tasks, *second.tasks)] == [f"task-{n}" for n in range(4)]


def test_pages_of_running_tasks_follow_each_other(
    source: PacedSource, delay: Delay, reads: Reads, sfn: FakeStepFunctions
) -> None:
    """However many run, each is on a page."""
    for number in range(5):
        delay.schedule({}, after=HOUR, key=f"task-{number}")
    for _ in range(5):
        source.list_waiting(Search(), 50)
        reads.finish()
    sfn.clock.forward(2 * HOUR)
    first = source.list_running(Search(), 3)
    second = source.list_running(Search(after=first.following), 3)
    assert len({task.key for task in (*first.tasks, *second.tasks)}) == 5
    assert second.following is None


def test_page_of_a_task_reads_it_every_ten_seconds(
    source: PacedSource, delay: Delay, reads: Reads, sfn: FakeStepFunctions
) -> None:
    """However often it is loaded; after a change, at once. An open page is told to load itself again."""
    delay.schedule({}, after=HOUR, key="a")
    source.read_task("a")
    sfn.requests.clear()
    before = source.revision()
    for _ in range(10):
        assert source.read_task("a").task.status is Status.WAITING
    assert sfn.requests == []
    delay.cancel("a")
    source.forget("a")
    assert source.read_task("a").task.status is Status.CANCELLED
    reads.now += 10
    sfn.requests.clear()
    source.read_task("a")
    assert "describe_execution" in sfn.requests
    assert source.revision() != before


def test_due_times_by_minute_are_not_known(source: PacedSource, delay: Delay) -> None:
    """AWS cannot search by due time, so no bars are drawn."""
    now = delay.clock.now()
    assert source.count_by_minute(now, now + HOUR).minutes is None


def test_read_of_a_task_that_is_changed_meanwhile_is_not_kept(
    source: PacedSource, delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page after the change shows the change."""
    delay.schedule({}, after=HOUR, key="a")
    read = Delay.history

    def change(self: Delay, task: Task) -> object:
        monkeypatch.undo()
        found = read(self, task)
        delay.cancel("a")
        source.forget("a")
        return found

    monkeypatch.setattr(Delay, "history", change)
    assert source.read_task("a").task.status is Status.WAITING
    assert source.read_task("a").task.status is Status.CANCELLED


def test_details_that_are_read_while_their_task_changes_are_not_kept(
    source: PacedSource, delay: Delay, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read again."""
    delay.schedule({}, after=HOUR, key="a")
    source.list_waiting(Search(), 50)
    reads.finish()
    source.list_waiting(Search(), 50)
    read = Delay.get

    def change(self: Delay, key: str) -> Task:
        monkeypatch.undo()
        found = read(self, key)
        source.forget("a")
        return found

    monkeypatch.setattr(Delay, "get", change)
    reads.finish()
    source.list_waiting(Search(), 50)
    reads.finish()
    assert source.list_waiting(Search(), 50).freshness.unread == 1
    reads.finish()
    assert source.list_waiting(Search(), 50).freshness.unread == 0


def test_list_that_is_read_while_a_task_changes_is_read_again(
    source: PacedSource,
    delay: Delay,
    reads: Reads,
    sfn: FakeStepFunctions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have the task as it was before."""
    delay.schedule({}, after=HOUR, key="a")
    source.list_waiting(Search(), 50)
    read = Delay.list

    def change(self: Delay, *arguments: Status) -> Iterator[Task]:
        monkeypatch.undo()
        found = list(read(self, *arguments))
        delay.cancel("a")
        source.forget("a")
        return iter(found)

    monkeypatch.setattr(Delay, "list", change)
    reads.finish()
    sfn.requests.clear()
    source.list_waiting(Search(), 50)
    reads.finish()
    assert "list_executions" in sfn.requests
