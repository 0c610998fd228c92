"""The log of an invocation: START, what the function prints, END and REPORT, as Lambda writes them."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import TextIO

from stepfunctions_local.lambdas.failure import FunctionFailure, timed_out
from stepfunctions_local.lambdas.invocation import Ending, TimedOut

TAIL_BYTES = 4096
SHOWN_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Report:
    """What an invocation took. `init_ms` is None where the worker was warm, memory where it is not known."""

    duration_ms: float
    memory_mb: int
    peak_memory_mb: int | None = None
    init_ms: float | None = None


class InvocationLog:
    """Writes one invocation's log to a text stream, and keeps its last 4 KB.

    The stream is shown up to 256 KB of what a function prints in one invocation; the rest is counted.
    """

    def __init__(self, request_id: str, stream: TextIO) -> None:
        self._request_id = request_id
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept = bytearray()
        self._printed_bytes = 0

    @property
    def tail(self) -> bytes:
        """The last 4 KB."""
        return bytes(self._kept[-TAIL_BYTES:])

    def start(self) -> None:
        """Say that the handler is called."""
        self._line(f"START RequestId: {self._request_id} Version: $LATEST")

    def printed(self, output: bytes) -> None:
        """Take what the function has printed. The runtime client ends the lines of an error with a CR."""
        output = re.sub(rb"\r(?!\n)", b"\n", output)
        self._keep(output)
        shown = output[: max(0, SHOWN_BYTES - self._printed_bytes)]
        self._printed_bytes += len(output)
        self._show(self._decoder.decode(shown))

    def end(
        self, ending: Ending, failure: FunctionFailure | None, report: Report, now: datetime | None = None
    ) -> None:
        """Say how it ended, and what it took."""
        self._finish_line()
        for line in _last_words(ending, failure, self._request_id, now or datetime.now(UTC)):
            self._line(line)
        self._line(f"END RequestId: {self._request_id}")
        self._line(report_line(self._request_id, report, ending, failure))

    def _finish_line(self) -> None:
        if self._printed_bytes > SHOWN_BYTES:
            hidden = self._printed_bytes - SHOWN_BYTES
            self._show(f"\n[{hidden} more bytes of output are not shown]\n")
        elif self._printed_bytes and not self._kept.endswith(b"\n"):
            self._line("")

    def _line(self, line: str) -> None:
        self._keep(f"{line}\n".encode())
        self._show(f"{line}\n")

    def _show(self, text: str) -> None:
        # Who reads the log may have gone, and the disk under it may be full: the function runs all the same.
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def _keep(self, output: bytes) -> None:
        self._kept += output[-TAIL_BYTES:]
        if len(self._kept) > 2 * TAIL_BYTES:
            del self._kept[:-TAIL_BYTES]


def report_line(request_id: str, report: Report, ending: Ending, failure: FunctionFailure | None) -> str:
    """Write the REPORT; what is billed are whole milliseconds, those of the initialisation included."""
    billed_ms = ceil(report.duration_ms + (report.init_ms or 0))
    return "\t".join(
        (
            f"REPORT RequestId: {request_id}",
            f"Duration: {report.duration_ms:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {report.memory_mb} MB",
            *_known("Max Memory Used: {} MB", report.peak_memory_mb),
            *_known("Init Duration: {:.2f} ms", report.init_ms),
            *_status(ending, failure),
            "",
        )
    )


def _known(text: str, number: float | None) -> list[str]:
    return [] if number is None else [text.format(number)]


def _status(ending: Ending, failure: FunctionFailure | None) -> list[str]:
    if failure is None:
        return []
    if isinstance(ending, TimedOut):
        return ["Status: timeout"]
    return ["Status: error", f"Error Type: {failure.type}"]


def _last_words(ending: Ending, failure: FunctionFailure | None, request_id: str, now: datetime) -> list[str]:
    if failure is None:
        return []
    if isinstance(ending, TimedOut):
        moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [f"{moment} {request_id} {timed_out(ending.timeout_seconds)}"]
    return [failure.message, failure.type]
