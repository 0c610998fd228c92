"""Lists of different age show each task once."""

from datetime import UTC, datetime, timedelta

from delay import Delay, Status, Task
from delay.console.lifecycle import place_once, read_lists
from delay.console.search import Search
from delay.console.source import TaskPage
from delay.console.table_source import TableSource
from delay.testing import FakeTaskTable
from tests.unit.delay.console.reads import Reads

START = datetime(2027, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def build_task(status: Status, generation: int = 1, minute: int = 0, key: str = "a") -> Task:
    return Task(key, status, f"arn:{key}", START + minute * MINUTE, generation=generation)


def place(*lists: list[Task]) -> list[list[Task]]:
    pages = place_once([TaskPage(tuple(tasks)) for tasks in lists])
    return [list(page.tasks) for page in pages]


def test_task_that_went_on_stands_in_the_later_list() -> None:
    """Others are left where they are."""
    other = build_task(Status.WAITING, key="b")
    waiting, ended = build_task(Status.WAITING), build_task(Status.SUCCEEDED)
    assert place([waiting, other], [], [ended]) == [[other], [], [ended]]


def test_moved_task_stands_where_it_is_due_next() -> None:
    """Its earlier generation is about to be stopped."""
    earlier, later = build_task(Status.WAITING), build_task(Status.WAITING, generation=2, minute=1)
    assert place([later, earlier], []) == [[later], []]
    running = build_task(Status.RUNNING)
    assert place([later], [running]) == [[later], []]


def test_key_that_is_used_again_shows_its_new_task() -> None:
    """A task that ended under it before is another one."""
    cancelled, waiting = build_task(Status.CANCELLED), build_task(Status.WAITING, minute=1)
    assert place([waiting], [cancelled]) == [[waiting], []]


def test_following_page_is_kept() -> None:
    """A task that is left out moves no other."""
    page = TaskPage((build_task(Status.WAITING),), "place")
    ended = TaskPage((build_task(Status.SUCCEEDED),))
    assert place_once([page, ended]) == [TaskPage((), "place"), ended]


def test_fired_task_of_a_table_is_shown_once(table: FakeTaskTable) -> None:
    """Also if the pass over the keys is later than the waiting tasks that were read by due time."""
    delay, reads = Delay(table.arn, backend=table), Reads(table.clock)
    source = TableSource(delay, background=reads.background)
    delay.schedule({}, after=MINUTE, key="a")
    source.list_waiting(Search(), 50)
    reads.finish()
    reads.wait(61)
    source.list_ended(Search(), 50)
    reads.finish()
    lists = read_lists(source, Search(), waiting=50, running=20, ended=10)
    assert [[task.key for task in page.tasks] for page in lists] == [[], [], ["a"]]
