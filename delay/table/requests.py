"""The requests to the table and its queue: retried while throttled, with errors as this package's own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from delay.aws.corrected_clock import CorrectedClock
from delay.aws.error import AWS_ERRORS, error_code, translate_error
from delay.aws.throttling import retry_while_throttled
from delay.errors import Contended, DelayError, NoSuchTable, Throttled
from delay.errors import Refused as RefusedByAws
from task_table.errors import CursorMoved, TaskTableError
from task_table.ports import Clock, PurgeableQueue, Table
from task_table.resending import Throttled as LeftOver
from task_table.sending import NotAccepted
from task_table.slot_row import SlotRow
from task_table.write import Change, Creation, Refused, Written

T = TypeVar("T")

_ACTIONS: Final = {"BatchExecuteStatement": "PartiQLInsert", "SendMessageBatch": "SendMessage"}
"""The IAM actions of operations that have another name."""

_OTHER_KEYS: Final = ("does not match the schema", "missed key schema", "Missing the key")
"""Parts of DynamoDB's messages about a table with other keys."""


class Requests:
    """Sends requests. Threads may share it.

    `open_table` and `open_queue` are called for each, because a fork changes the boto3 clients.
    `find_endpoint` returns the URL of a service that is not AWS's own, for messages.
    """

    def __init__(
        self,
        arn: str,
        open_table: Callable[[], Table],
        open_queue: Callable[[str], PurgeableQueue],
        clock: CorrectedClock,
        patience: timedelta,
        *,
        find_endpoint: Callable[[str], str | None] = lambda _service: None,
    ) -> None:
        self.arn = arn
        self.clock = clock
        self._open_table = open_table
        self._open_queue = open_queue
        self._find_endpoint = find_endpoint
        self._patience_seconds = patience.total_seconds()

    def ask_table(self, operation: Callable[[Table], T]) -> T:
        """Return what an operation on the table returns.

        Raises:
            Refused: (task_table's own) the condition of a write did not hold.
            DelayError: the request failed.

        """
        return self._retry(lambda: operation(self._open_table()), self.arn)

    def write(self, write: Creation | Change) -> Written:
        """Carry out a conditional write, and compare the clocks by it. It raises as `ask_table` does."""
        return self._timed(lambda table: table.write(write), lambda written: written.at)

    def put_slot(self, row: SlotRow) -> int:
        """Write a slot row, and return the time by the table's clock."""
        return self._timed(lambda table: table.put_slot(row), int)

    def check_clock(self) -> None:
        """Compare the clock with the table's, unless that was done within the last hour."""
        if not self.clock.correction.is_valid_at(self.clock.read()):
            self._timed(lambda table: table.read_clock(), int)

    def read_seconds(self) -> int:
        """Return the time in seconds since 1970, by the table's clock as far as it is known."""
        return int(self.clock.now().timestamp())

    def follow(self, at: int) -> Clock:
        """Return the clock of a request that follows an answer of the table `at` this time.

        The answer has whole seconds. This computer's clock says where within the second, if it agrees.
        """
        began = self.clock.monotonic()

        def read() -> float:
            least = at + self.clock.monotonic() - began
            return min(max(self.clock.now().timestamp(), least), least + 1)

        return read

    def _timed(self, operation: Callable[[Table], T], get_seconds: Callable[[T], int]) -> T:
        def compare(table: Table) -> T:
            sent = self.clock.read()
            answer = operation(table)
            date = datetime.fromtimestamp(get_seconds(answer), UTC)
            self.clock.correction.compare_date(sent, self.clock.read(), date)
            return answer

        return self.ask_table(compare)

    def ask_queue(self, url: str, operation: Callable[[PurgeableQueue], T]) -> T:
        """Return what an operation on the queue returns. It raises as `ask_table` does."""
        return self._retry(lambda: operation(self._open_queue(url)), url)

    def _retry(self, call: Callable[[], T], subject: str) -> T:
        return retry_while_throttled(
            lambda: self._call_once(call, subject), self.clock, self._patience_seconds
        )

    def _call_once(self, call: Callable[[], T], subject: str) -> T:
        try:
            return call()
        except Refused:
            raise
        except (*AWS_ERRORS, TaskTableError) as error:
            service = "sqs" if subject.startswith("http") else "dynamodb"
            raise _translate(error, subject, service, self._find_endpoint(service)) from error


def _translate(error: Exception, subject: str, service: str, endpoint_url: str | None) -> DelayError:
    if isinstance(error, LeftOver | NotAccepted):
        return Throttled(f"{error} Send fewer requests, or send them later.")
    if isinstance(error, CursorMoved):
        return Contended(str(error))
    if isinstance(error, TaskTableError):
        return RefusedByAws(f"{subject}: {error}")
    if error_code(error) == "ValidationException" and any(part in str(error) for part in _OTHER_KEYS):
        return NoSuchTable(
            f"The table {subject} has other keys than `pk` and `sk`: it is not a table of this application. "
            f"Its ARN is the stack's output TaskTableArn. {endpoint_url or 'AWS'} says: {error}"
        )
    operation = getattr(error, "operation_name", None) or "a request"
    action = f"{service}:{_ACTIONS.get(operation, operation)}"
    return translate_error(error, action, subject, endpoint_url)
