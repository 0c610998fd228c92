"""Schedules any number of tasks in batches of 25: all slot rows of a batch, then all its key rows.

A batch takes two requests, and a third for each ten of its tasks due soon. A refused key row is one task's
result: its request is sent once more by itself, as `schedule` does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from delay.errors import DelayError
from delay.many.stoppable_clock import StoppableClock
from delay.many.thread_pool import ThreadPool, yield_until_failure
from delay.request import Request, Result
from delay.table.parts import Parts
from delay.table.scheduling import PreparedRequest
from task_table.key_row import KeyRow
from task_table.ports import ROWS_WRITTEN
from task_table.slot import SECONDS
from task_table.slot_row import SlotRow
from task_table.write import Written


@dataclass(frozen=True, slots=True)
class _Entry:
    """A validated request, and the rows of its task."""

    request: Request
    prepared: PreparedRequest
    slot_row: SlotRow
    key_row: KeyRow


class BatchScheduler:
    """Schedules requests in batches. Memory stays flat: requests are consumed as results are fetched."""

    def __init__(self, parts: Parts) -> None:
        self._requests = parts.requests
        self._placer = parts.placer
        self._scheduler = parts.scheduler
        self._changes = parts.changes

    def schedule(
        self, requests: Iterable[Request], clock: StoppableClock, concurrency: int
    ) -> Iterator[Result]:
        """Yield a result for each request, batch after batch in the order of completion.

        If iterating over the requests raises, that error is raised after the results of the earlier requests.
        """
        batches = ThreadPool(self._process, clock, concurrency).run(_form_batches(requests))
        for results in batches:
            yield from results

    def _process(self, batch: Sequence[Request]) -> Sequence[Result]:
        results: list[Result] = []
        entries: list[_Entry] = []
        for request in batch:
            prepared = self._prepare(request)
            if isinstance(prepared, Result):
                results.append(prepared)
            elif prepared.replaces:
                results.append(self._send_alone(request, prepared))
            else:
                entries.append(_Entry(request, prepared, *self._scheduler.build_rows(prepared)))
        return results + self._send(entries) if entries else results

    def _prepare(self, request: Request) -> PreparedRequest | Result:
        try:
            return self._scheduler.prepare(request)
        except DelayError as error:
            return Result(request, error=error)

    def _send_alone(self, request: Request, prepared: PreparedRequest) -> Result:
        try:
            return Result(request, task=self._changes.send(prepared))
        except DelayError as error:
            return Result(request, error=error)

    def _send(self, entries: Sequence[_Entry]) -> list[Result]:
        """Write the rows of a batch, slot rows first: a crash then leaves rows without tasks."""
        slot_rows, key_rows = [each.slot_row for each in entries], [each.key_row for each in entries]
        try:
            self._requests.ask_table(lambda table: table.put_slots(slot_rows))
            outcomes = self._requests.ask_table(lambda table: table.insert(key_rows))
            self._send_passed(entries, outcomes)
        except DelayError as error:
            return [Result(entry.request, error=error) for entry in entries]
        return [self._conclude(*pair) for pair in zip(entries, outcomes, strict=True)]

    def _send_passed(self, entries: Sequence[_Entry], outcomes: Sequence[Written | Exception]) -> None:
        """Send the messages of those tasks whose slots the drain may have passed."""
        written = [
            (outcome, entry.slot_row)
            for entry, outcome in zip(entries, outcomes, strict=True)
            if isinstance(outcome, Written)
        ]
        if written:
            at = max(outcome.at for outcome, _ in written)
            self._placer.send_passed([(outcome.row, slot_row) for outcome, slot_row in written], at)

    def _conclude(self, entry: _Entry, outcome: Written | Exception) -> Result:
        """Return the result of an entry. A refused one is sent by itself, for an error of its own."""
        if not isinstance(outcome, Written) or entry.slot_row.slot.minute < outcome.at // SECONDS:
            return self._send_alone(entry.request, entry.prepared)
        return Result(entry.request, task=self._scheduler.build_task(outcome.row, entry.prepared))


def _form_batches(requests: Iterable[Request]) -> Iterator[Sequence[Request]]:
    """Yield batches without a key twice: DynamoDB refuses those as a whole.

    If iterating over the requests raises, the earlier ones are yielded first.
    """
    batch: list[Request] = []
    keys: set[str | None] = set()
    failures: list[Exception] = []
    for request in yield_until_failure(requests, failures):
        key = _find_key(request)
        if len(batch) == ROWS_WRITTEN or key in keys:
            yield batch
            batch, keys = [], set()
        batch.append(request)
        keys |= {key} - {None}
    if batch:
        yield batch
    if failures:
        raise failures[0]


def _find_key(request: object) -> str | None:
    """Return the key of a request; None if it has none, or one that will be refused."""
    key = getattr(request, "key", None)
    return key if isinstance(key, str) else None
