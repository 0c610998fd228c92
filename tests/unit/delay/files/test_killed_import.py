"""An import that is killed at any point, or whose answers are lost, schedules each line once."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from botocore.exceptions import ReadTimeoutError

from delay import Delay
from delay.errors import DelayError, Unreachable
from delay.files import report_file
from delay.files.errors import ReportUnusable
from delay.files.importing import Counts, Import
from delay.files.item import Faulty
from delay.files.report import Heading, Report
from delay.files.report_file import open_report
from delay.request import Request, Result
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.files.reading import read_ndjson
from tests.unit.delay.harness import HOUR, Killed, executions

TASKS = "".join(
    f"{line}\n"
    for line in (
        '{"in": "7d", "payload": {"a": 1}}',
        '{"in": "7d", "payload": {"a": 1}}',
        '{"in": "8d", "payload": {"a": 2}}',
        '{"at": "2026-12-24T00:00:00Z", "payload": {"a": 3}}',
        '{"key": "k", "in": "9d", "payload": {"a": 4}}',
    )
)
LINES = 5


class Observer:
    """Observes an import, and prints nothing."""

    def on_failure(self, faulty: Faulty) -> None:
        """Ignore the failure."""

    def on_progress(self, counts: Counts) -> None:
        """Ignore the counts."""


@dataclass
class Life:
    """The life of a client, in steps: a write, half a write or a send takes one. It ends after `steps`."""

    steps: float = float("inf")
    taken: int = 0

    def step(self) -> None:
        """Take a step.

        Raises:
            Killed: it was the last one; every further one raises it too.

        """
        self.taken += 1
        if self.taken > self.steps:
            raise Killed


class MortalFile:
    """A file of a client that can be killed before, during and after each write."""

    def __init__(self, file: BinaryIO, life: Life) -> None:
        self._file = file
        self._life = life

    def write(self, content: bytes) -> None:
        """Write the content in two halves."""
        for part in (content[: len(content) // 2], content[len(content) // 2 :]):
            self._life.step()
            self._file.write(part)
        self._life.step()

    def flush(self) -> None:
        """Do nothing: the file has no buffer."""

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file.fileno()


class FullDisk(MortalFile):
    """A file on a disk that has no room once the life has ended."""

    def write(self, content: bytes) -> None:
        """Write the content, or refuse."""
        try:
            super().write(content)
        except Killed as end:
            raise OSError(28, "No space left on device") from end


@dataclass
class Network:
    """A network that loses every call of StartExecution after the first ones, or the answer to it."""

    answered: int
    moment: Moment

    def __call__(self, method: str, moment: Moment) -> None:
        """Lose a call, or let it pass.

        Raises:
            ReadTimeoutError: there is no answer.

        """
        if (method, moment) == ("start_execution", self.moment):
            self.answered -= 1
            if self.answered < 0:
                raise ReadTimeoutError(endpoint_url="https://states")


@dataclass
class Computer:
    """A computer with a report, on which clients import the same file again and again."""

    sfn: FakeStepFunctions
    report: Path
    content: str = TASKS

    def run(
        self,
        life: Life | None = None,
        kind: type[MortalFile] = MortalFile,
        network: Callable[[str, Moment], None] | None = None,
    ) -> Import:
        """Run the import, as the command does; an hour later than the last run."""
        self.sfn.clock.forward(HOUR)
        life = life or Life()
        self.sfn.watch(network or (lambda _method, _moment: life.step()))
        heading = Heading("tasks.ndjson", self.sfn.state_machine_arn, self.sfn.clock.now())
        with open_report(self.report, heading) as (_, earlier), self.report.open("ab", buffering=0) as raw:
            importing = Import(
                Report(cast("BinaryIO", kind(cast("BinaryIO", raw), life))),
                earlier,
                earlier.resume(heading),
                self.sfn.clock,
                Observer(),
            )
            importing.run(read_ndjson(self.content), self._schedule_many)
        return importing

    def _schedule_many(self, requests: Iterable[Request]) -> Iterator[Result]:
        delay = Delay(self.sfn.state_machine_arn, self.sfn, clock=self.sfn.clock)
        for request in requests:
            try:
                task = delay.schedule(
                    request.payload,
                    at=cast("datetime", request.at),
                    key=request.key,
                    allow_past=request.allow_past,
                )
            except DelayError as error:
                yield Result(request, error=error)
            else:
                self.sfn.clock.forward(timedelta(seconds=1))  # so that every answer is written
                yield Result(request, task)

    @property
    def executions(self) -> int:
        """The number of executions that were ever started."""
        self.sfn.watch(None)
        return sum(1 for _ in executions(self.sfn))


def make_computer(tmp_path: Path, number: object = 0) -> Computer:
    """Return a computer without a report, and Step Functions without executions."""
    return Computer(FakeStepFunctions(), tmp_path / f"{number}.report")


def count_steps(tmp_path: Path) -> int:
    """Return the steps of a run that is not killed."""
    life = Life()
    make_computer(tmp_path, "whole").run(life)
    return life.taken


def test_import_killed_at_any_step_schedules_each_line_once(tmp_path: Path) -> None:
    """The points are before, within and after each write of the report, and before and after each call."""
    steps = count_steps(tmp_path)
    assert steps > 3 * LINES
    for step in range(steps):
        computer = make_computer(tmp_path, step)
        with pytest.raises(Killed):
            computer.run(Life(step))
        assert computer.run().is_complete, f"killed after step {step}"
        assert computer.executions == LINES, f"killed after step {step}"


def test_import_killed_twice_schedules_each_line_once(tmp_path: Path) -> None:
    """The second run writes a heading of its own, and has the start of the first."""
    steps = count_steps(tmp_path)
    for first in range(0, steps, 3):
        for second in range(steps):
            computer = make_computer(tmp_path, f"{first}-{second}")
            with pytest.raises(Killed):
                computer.run(Life(first))
            try:
                computer.run(Life(second))
            except Killed:
                computer.run()
            assert computer.executions == LINES, f"killed after steps {first} and {second}"


def test_import_on_a_full_disk_schedules_each_line_once(tmp_path: Path) -> None:
    """It ends with an error, and the next run continues once there is room."""
    for step in range(count_steps(tmp_path)):
        computer = make_computer(tmp_path, step)
        with pytest.raises((ReportUnusable, Killed)):
            computer.run(Life(step), FullDisk)
        assert computer.run().is_complete
        assert computer.executions == LINES


class FullFile(io.FileIO):
    """A file on a disk without room."""

    def write(self, _content: object) -> int:
        """Refuse to write."""
        raise OSError(28, "No space left on device")


def test_full_disk_is_reported_by_the_write_that_met_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the report fails as well, and does not hide that error."""
    path, heading = tmp_path / "report", Heading("tasks.ndjson", "arn", FakeStepFunctions().clock.now())
    monkeypatch.setattr(report_file, "_open", lambda _: io.BufferedRandom(FullFile(path, "a+")))
    with (
        pytest.raises(ReportUnusable, match="Cannot write the report: No space left on device"),
        open_report(path, heading) as (report, _),
    ):
        report.begin(heading)


@pytest.mark.parametrize("answered", range(LINES))
@pytest.mark.parametrize("moment", Moment)
def test_import_whose_answers_are_lost_schedules_each_line_once(
    tmp_path: Path, moment: Moment, answered: int
) -> None:
    """The network loses requests or answers for three runs in a row, from the first one or a later one on."""
    computer = make_computer(tmp_path)
    assert isinstance(computer.run(network=Network(answered, moment)).stopped_by, Unreachable)
    for _ in range(2):
        computer.run(network=Network(0, moment))
    assert computer.run().is_complete
    assert computer.executions == LINES


def test_import_that_was_refused_begins_again(tmp_path: Path) -> None:
    """Nothing was sent, since every line was faulty: delays count from the next run."""
    computer = make_computer(tmp_path)
    computer.content = '{"in": "7d"}\n'
    assert computer.run().counts == Counts(failed=1)
    computer.content = TASKS
    assert computer.run().is_complete
    due = {task.due for task in Delay(computer.sfn.state_machine_arn, computer.sfn).list(due=True)}
    assert computer.sfn.clock.now() - timedelta(seconds=LINES) + timedelta(days=9) in due


@pytest.mark.parametrize("torn", [b"{", b'{"import": ', b'{"import": "tasks.ndjson", "state_ma'])
def test_torn_heading_begins_a_new_import(tmp_path: Path, torn: bytes) -> None:
    """Nothing was sent before it was written."""
    computer = make_computer(tmp_path)
    computer.report.write_bytes(torn)
    assert computer.run().is_complete
    assert computer.executions == LINES
