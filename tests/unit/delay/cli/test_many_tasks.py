"""The commands on many tasks: chosen by prefix, counted, asked about, changed, and summed up."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delay import Delay, Status
from delay.cli import connection
from delay.cli.main import delay as root
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.cli.ended import Ended

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


class Terminal(io.StringIO):
    """The standard input of a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@dataclass
class Office:
    """Runs commands on Step Functions in memory."""

    sfn: FakeStepFunctions
    delay: Delay
    patch: pytest.MonkeyPatch

    def run(self, *arguments: str, typed: str | None = None) -> Ended:
        """Run a command on a terminal if something is typed there, else in a pipe."""
        self.patch.setattr("sys.stdin", io.StringIO() if typed is None else Terminal(typed))
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
            root([*arguments, "--local"], prog_name="delay")
        return Ended(int(end.value.code or 0), out.getvalue(), err.getvalue())

    def schedule(self, *keys: str, after: timedelta = WEEK, payload: dict[str, Any] | None = None) -> None:
        """Schedule a task with each key."""
        for key in keys:
            self.delay.schedule({"a": 1} if payload is None else payload, after=after, key=key)

    def statuses(self) -> dict[str, Status]:
        """Return the status of each task."""
        return {task.key: task.status for task in self.delay.list(due=True)}


@pytest.fixture
def office(sfn: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch) -> Office:
    delay = Delay(f"{sfn.state_machine_arn}:live", sfn, clock=sfn.clock)
    monkeypatch.setattr(connection, "open_delay", lambda _: delay)
    return Office(sfn, delay, monkeypatch)


def test_prefix_is_cancelled_after_a_yes(office: Office) -> None:
    """The question has the count, and the answer is on standard error."""
    office.schedule("order-1", "order-2", "other")
    ended = office.run("cancel", "--prefix", "order-", typed="y\n")
    assert ended.code == 0
    assert sorted(line.split()[:2] for line in ended.out.splitlines()) == [
        ["order-1", "CANCELLED"],
        ["order-2", "CANCELLED"],
    ]
    assert "Cancel 2 open tasks with keys that begin with 'order-'? [y/N] " in ended.err
    assert ended.err.endswith("Cancelled 2 tasks.\n")
    assert office.statuses()["other"] is Status.WAITING


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("\n", 1), ("", 1)])
def test_anything_but_a_yes_changes_nothing(office: Office, typed: str, code: int) -> None:
    """The default is no, and so is the end of the input."""
    office.schedule("order-1")
    ended = office.run("cancel", "--prefix", "order-", typed=typed)
    assert (ended.code, ended.out) == (code, "")
    assert office.statuses() == {"order-1": Status.WAITING}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("cancel",), "Name tasks by their KEYs, or give --prefix or --all: exactly one of them."),
        (("cancel", "k", "--prefix", "k"), "exactly one of them"),
        (("cancel", "--all", "--prefix", "k"), "exactly one of them"),
        (("cancel", "--prefix", ""), "--prefix is empty and would match every task: pass --all"),
        (
            ("cancel", "--prefix", "k"),
            "There is no terminal to ask on: pass --yes, or --dry-run to change nothing.",
        ),
        (("cancel", "k", "--yes"), "--yes goes with --prefix or --all."),
        (("cancel", "k", "--dry-run"), "--dry-run goes with --prefix or --all."),
        (("reschedule", "--prefix", "k", "--yes"), "--at 2027-06-01T00:00:00Z, or --to-version live."),
        (
            ("reschedule", "k", "--to-version", "a b"),
            "neither the number of a version nor the name of an alias",
        ),
        (("redrive",), "Name tasks by their KEYs, or give --from-queue, --prefix or --all"),
        (
            ("redrive", "--from-queue", "--prefix", "k"),
            "give --from-queue, --prefix or --all: exactly one of them.",
        ),
        (("redrive", "--from-queue", "--yes"), "--yes goes with --prefix or --all."),
        (("redrive", "--prefix", "k", "--yes", "--limit", "1"), "--limit goes with --from-queue."),
        (("schedule", "{}", "--in", "1h", "--replace"), "Give the key of the task to replace."),
        (("list", "--no-errors"), "--no-errors goes with a --status of FAILED or TIMED_OUT"),
        (("list", "--due-within", "soon"), "'soon' is not a duration"),
        (("import", "tasks.ndjson", "--rename", "v2-"), "'v2-' is not a pattern for keys: write v2-{key}"),
    ],
)
def test_misuse_is_refused_with_the_reason(office: Office, arguments: tuple[str, ...], says: str) -> None:
    """Nothing was changed."""
    office.schedule("k")
    office.sfn.requests.clear()
    ended = office.run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in " ".join(ended.err.split())
    assert not {"start_execution", "stop_execution", "redrive_execution"} & set(office.sfn.requests)


def test_dry_run_prints_the_keys_and_changes_nothing(office: Office) -> None:
    """It needs no terminal. With --json, each key is an object."""
    office.schedule("order-1", "order-2", "other")
    ended = office.run("cancel", "--prefix", "order-", "--dry-run")
    assert (ended.code, sorted(ended.out.split())) == (0, ["order-1", "order-2"])
    assert ended.err == "Would cancel 2 open tasks with keys that begin with 'order-'.\n"
    assert {record["key"] for record in office.run("cancel", "--all", "--dry-run", "--json").records} == {
        "order-1",
        "order-2",
        "other",
    }
    assert set(office.statuses().values()) == {Status.WAITING}


def test_nothing_to_change_is_said(office: Office) -> None:
    """And is no failure."""
    ended = office.run("cancel", "--prefix", "order-", "--yes")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "There are no open tasks with keys that begin with 'order-'.\n"


def test_task_that_cannot_be_changed_does_not_stop_the_others(office: Office) -> None:
    """The exit code says so."""
    office.sfn._call_duration = HOUR  # noqa: SLF001 - so that a task is being called
    office.schedule("order-1", after=timedelta(0))
    office.schedule("order-2")
    ended = office.run("cancel", "--all", "--yes", "--json")
    assert ended.code == 8
    assert [record["key"] for record in ended.records] == ["order-2"]
    assert "Error: The task 'order-1' can no longer be cancelled" in ended.err
    assert ended.err.endswith("Cancelled 1 task, 1 failed.\n")


def test_error_that_others_would_meet_stops_the_command(office: Office) -> None:
    """It is reported once."""
    office.schedule("order-1", "order-2", "order-3")
    office.sfn.fail("describe_execution", "AccessDeniedException", times=99)
    ended = office.run("cancel", "--all", "--yes")
    assert ended.code == 1
    assert ended.err.count("lack the IAM action states:DescribeExecution") == 1


def test_interrupted_command_leaves_the_rest(office: Office) -> None:
    """The tasks in progress are completed and printed, and the same command goes on."""
    office.schedule(*(f"order-{number}" for number in range(60)))
    interrupts: list[Callable[[], None]] = []

    @contextmanager
    def handle(interrupt: Callable[[], None]) -> Iterator[None]:
        interrupts.append(interrupt)
        yield

    def press_ctrl_c(method: str, _moment: Moment) -> None:
        if method == "stop_execution" and interrupts:
            interrupts.pop()()

    office.patch.setattr("delay.cli.many_tasks.handle_interrupt", handle)
    office.sfn.watch(press_ctrl_c)
    ended = office.run("cancel", "--all", "--yes")
    cancelled = list(office.delay.list(Status.CANCELLED))
    assert ended.code == 130
    assert 0 < len(cancelled) == len(ended.out.splitlines()) < 60
    assert ended.err.endswith(f", {60 - len(cancelled)} left as they were.\n")
    office.sfn.watch(None)
    assert len(office.run("cancel", "--all", "--yes").out.splitlines()) == 60 - len(cancelled)


def test_failed_tasks_of_a_prefix_are_redriven(office: Office) -> None:
    """Those of other prefixes stay failed."""
    office.schedule("order-1", "order-2", "other", after=HOUR, payload={})
    office.sfn.clock.forward(2 * HOUR)
    assert len(office.sfn.calls) == 3
    ended = office.run("redrive", "--prefix", "order-", "--yes")
    assert ended.code == 0
    assert ended.err == "Redrove 2 tasks.\n"
    assert len(office.sfn.calls) == 5


def test_waiting_tasks_move_to_another_version(office: Office) -> None:
    """Their due times stay. A repeated command changes nothing, and says so."""
    office.schedule("order-1", "order-2")
    before = {task.key: task.due for task in office.delay.list(due=True)}
    office.sfn.publish()
    for says in ("Moved 2 tasks.\n", "Moved 0 tasks, 2 needed no change.\n"):
        ended = office.run("reschedule", "--prefix", "order-", "--to-version", "live", "--yes")
        assert (ended.code, ended.err) == (0, says)
    moved = list(office.delay.list(due=True))
    assert {task.key: task.due for task in moved} == before
    assert {task.generation for task in moved} == {2}


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
def test_unknown_alias_is_refused_before_any_task_is_listed(office: Office, option: str) -> None:
    """A dry run does not promise what cannot be done."""
    office.schedule("order-1")
    office.sfn.requests.clear()
    office.sfn.fail("describe_state_machine_alias", "ResourceNotFound")
    ended = office.run("reschedule", "--prefix", "order-", "--to-version", "nope", option)
    assert (ended.code, ended.out) == (1, "")
    assert f"There is no {office.sfn.state_machine_arn}:nope: check its name" in ended.err
    assert "list_executions" not in office.sfn.requests


def test_missing_version_ends_the_run(office: Office) -> None:
    """Every other task would fail as well, so one error is enough."""
    office.schedule("order-1", "order-2", "order-3")
    office.sfn.fail("start_execution", "StateMachineDoesNotExist", times=3)
    ended = office.run("reschedule", "--prefix", "order-", "--to-version", "99", "--yes")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("There is no ") == 1


def test_question_about_one_task_is_in_the_singular(office: Office) -> None:
    """So is the dry run's answer."""
    office.schedule("order-1")
    ended = office.run("cancel", "--prefix", "order-", "--dry-run")
    assert ended.err == "Would cancel 1 open task with a key that begins with 'order-'.\n"


def test_tasks_named_by_keys_move_one_by_one(office: Office) -> None:
    """To a version or a time, with the exit code of the first failure."""
    office.schedule("order-1", "order-2")
    office.sfn.publish()
    assert office.run("reschedule", "order-1", "nope", "order-2", "--to-version", "2").code == 3
    assert {task.generation for task in office.delay.list(due=True)} == {2}
    ended = office.run("reschedule", "order-1", "order-2", "--in", "2h", "--json")
    assert {record["generation"] for record in ended.records} == {3}


def test_replace_lets_the_latest_win(office: Office) -> None:
    """Payload and time are the new ones."""
    office.schedule("order-1")
    refused = office.run("schedule", '{"a": 2}', "--in", "1h", "--key", "order-1")
    assert (refused.code, "--replace" in refused.err) == (5, True)
    ended = office.run("schedule", '{"a": 2}', "--in", "1h", "--key", "order-1", "--replace", "--json")
    assert ended.records[0]["payload"] == {"a": 2}


def test_count_prints_a_line_for_each_status(office: Office) -> None:
    """Or an object."""
    office.schedule("order-1", "order-2")
    lines = [line.split() for line in office.run("count").out.splitlines()]
    assert lines[:2] == [["OPEN", "2"], ["SUCCEEDED", "0"]]
    record = office.run("count", "--status", "WAITING", "--prefix", "order-1", "--json").records[0]
    assert record == {"counts": {"WAITING": 1}, "at_least": []}


def test_count_says_what_it_did_not_count_to_the_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is a lower bound."""
    monkeypatch.setattr("delay.executions.counting._MOST_PAGES", 0)
    office.schedule("order-1", after=timedelta(0))
    ended = office.run("count")
    assert ["SUCCEEDED", "at", "least", "0"] in [line.split() for line in ended.out.splitlines()]
    assert ended.err == "For an exact number, count one status with --status.\n"


def test_tasks_due_within_an_hour_are_listed_by_due_time(office: Office) -> None:
    """The later ones are left out."""
    for minutes in (59, 1, 61):
        office.schedule(f"in-{minutes}", after=timedelta(minutes=minutes))
    lines = office.run("list", "--due-within", "1h").out.splitlines()
    assert [line.split()[-1] for line in lines] == ["KEY", "in-1", "in-59"]
    assert [r["key"] for r in office.run("list", "--due-within", "1h", "--limit", "1", "--json").records] == [
        "in-1"
    ]


def test_listing_of_failed_tasks_has_their_errors(office: Office) -> None:
    """Unless the option leaves them out: then JSON has no such member."""
    office.schedule("order-1", after=timedelta(0), payload={})
    header, row = office.run("list", "--status", "FAILED").out.splitlines()
    assert header.split() == ["STATUS", "DUE", "ENDED", "ERROR", "KEY"]
    assert row.split()[3:] == ["KeyError", "order-1"]
    assert office.run("list", "--status", "FAILED", "--json").records[0]["error"] == "KeyError"
    fast = office.run("list", "--status", "FAILED", "--no-errors", "--json").records[0]
    assert fast.keys() == {"key", "status", "arn", "started", "ended", "generation"}


@pytest.mark.parametrize("command", [("list", "--due"), ("export",), ("count", "--status", "WAITING")])
def test_reading_into_a_pipe_shows_its_progress(
    office: Office, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """On standard error, with the number of tasks and the time left."""
    office.schedule("order-1", "order-2")
    monkeypatch.setattr("delay.cli.output.progress_display._PRINTED_EVERY_SECONDS", 0.0)
    ended = office.run(*command)
    doing = "Counting" if "count" in command else "Reading"
    assert f"{doing}: 2" in ended.err
    assert "Reading" not in ended.out


def test_import_renames_keys(office: Office, tmp_path: Path) -> None:
    """So tasks of an export can be scheduled again, though their keys are used up."""
    office.schedule("order-1", "order-2")
    file = tmp_path / "tasks.ndjson"
    file.write_text(office.run("export").out)
    assert office.run("cancel", "--all", "--yes").code == 0
    assert office.run("import", str(file)).code == 8
    again = ("import", str(file), "--rename", "v2-{key}", "--new")
    assert office.run(*again).code == 0
    assert {key for key, status in office.statuses().items() if status is Status.WAITING} == {
        "v2-order-1",
        "v2-order-2",
    }
    assert "scheduled before" in office.run(*again[:-1]).err + office.run(*again[:-1]).out
