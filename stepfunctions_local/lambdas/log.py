"""The log of an invocation as Lambda writes it: START, the function's output, END and REPORT."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import TextIO

from stepfunctions_local.lambdas.failure import FunctionFailure, timeout_message
from stepfunctions_local.lambdas.invocation import Ending, TimedOut

TAIL_BYTES = 4096
KEPT_BYTES = 65_536
SHOWN_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Report:
    """The time and memory that an invocation took.

    `init_ms` is None if the worker was warm. `peak_memory_mb` is None if it is not known.
    """

    duration_ms: float
    memory_mb: int
    peak_memory_mb: int | None = None
    init_ms: float | None = None


class InvocationLog:
    """Writes one invocation's log to a text stream, and keeps its last 64 KB.

    The stream gets the first 256 KB of a function's output in one invocation, and a count of the rest.
    """

    def __init__(self, request_id: str, stream: TextIO) -> None:
        self._request_id = request_id
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept = bytearray()
        self._printed_bytes = 0

    @property
    def tail(self) -> bytes:
        """The last 4 KB of the log."""
        return bytes(self._kept[-TAIL_BYTES:])

    @property
    def kept(self) -> bytes:
        """The last 64 KB of the log."""
        return bytes(self._kept[-KEPT_BYTES:])

    def start(self) -> None:
        """Write the START line."""
        self._write_line(f"START RequestId: {self._request_id} Version: $LATEST")

    def write(self, output: bytes) -> None:
        """Write output of the function. The runtime client ends the lines of an error with CR."""
        output = re.sub(rb"\r(?!\n)", b"\n", output)
        self._keep(output)
        shown = output[: max(0, SHOWN_BYTES - self._printed_bytes)]
        self._printed_bytes += len(output)
        self._show(self._decoder.decode(shown))

    def end(
        self, ending: Ending, failure: FunctionFailure | None, report: Report, now: datetime | None = None
    ) -> None:
        """Write the failure, if any, the END line and the REPORT line."""
        self._finish_output()
        for line in _failure_lines(ending, failure, self._request_id, now or datetime.now(UTC)):
            self._write_line(line)
        self._write_line(f"END RequestId: {self._request_id}")
        self._write_line(format_report(self._request_id, report, ending, failure))

    def _finish_output(self) -> None:
        if self._printed_bytes > SHOWN_BYTES:
            hidden = self._printed_bytes - SHOWN_BYTES
            self._show(f"\n[{hidden} more bytes of output are not shown]\n")
        elif self._printed_bytes and not self._kept.endswith(b"\n"):
            self._write_line("")

    def _write_line(self, line: str) -> None:
        self._keep(f"{line}\n".encode())
        self._show(f"{line}\n")

    def _show(self, text: str) -> None:
        # The log's reader may have gone, or its disk may be full: the function runs all the same.
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def _keep(self, output: bytes) -> None:
        self._kept += output[-KEPT_BYTES:]
        if len(self._kept) > 2 * KEPT_BYTES:
            del self._kept[:-KEPT_BYTES]


def format_report(request_id: str, report: Report, ending: Ending, failure: FunctionFailure | None) -> str:
    """Return the REPORT line. The billed time is in whole milliseconds and includes initialisation."""
    billed_ms = ceil(report.duration_ms + (report.init_ms or 0))
    return "\t".join(
        (
            f"REPORT RequestId: {request_id}",
            f"Duration: {report.duration_ms:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {report.memory_mb} MB",
            *_optional_field("Max Memory Used: {} MB", report.peak_memory_mb),
            *_optional_field("Init Duration: {:.2f} ms", report.init_ms),
            *_status_fields(ending, failure),
            "",
        )
    )


def _optional_field(text: str, number: float | None) -> list[str]:
    return [] if number is None else [text.format(number)]


def _status_fields(ending: Ending, failure: FunctionFailure | None) -> list[str]:
    if failure is None:
        return []
    if isinstance(ending, TimedOut):
        return ["Status: timeout"]
    return ["Status: error", f"Error Type: {failure.type}"]


def _failure_lines(
    ending: Ending, failure: FunctionFailure | None, request_id: str, now: datetime
) -> list[str]:
    if failure is None:
        return []
    if isinstance(ending, TimedOut):
        moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [f"{moment} {request_id} {timeout_message(ending.timeout_seconds)}"]
    return [failure.message, failure.type]
