"""The log of an invocation."""

import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.lambdas.failure import describe_failure
from stepfunctions_local.lambdas.invocation import Ending, Exited, Responded, TimedOut
from stepfunctions_local.lambdas.log import SHOWN_BYTES, TAIL_BYTES, InvocationLog, Report, format_report

NOW = datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC)


def written(output: bytes, ending: Ending) -> str:
    stream = io.StringIO()
    log = InvocationLog("1", stream)
    log.start()
    log.write(output)
    log.end(ending, describe_failure(ending, "1"), Report(1.5, 128), NOW)
    return stream.getvalue()


def test_log_of_an_answer_has_the_output_between_the_lines_of_lambda() -> None:
    """START, the output, END and REPORT have a line each."""
    assert written(b"hello", Responded(b"1")) == (
        "START RequestId: 1 Version: $LATEST\n"
        "hello\n"
        "END RequestId: 1\n"
        "REPORT RequestId: 1\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t\n"
    )


def test_log_of_a_timeout_has_its_time() -> None:
    """The time is in UTC."""
    assert "\n2026-11-24T02:00:00.123Z 1 Task timed out after 3.00 seconds\nEND" in written(b"", TimedOut(3))


def test_log_of_an_exit_has_its_reason() -> None:
    """The reason is the message and type of the error."""
    log = written(b"", Exited(3))
    assert "RequestId: 1 Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND" in log
    assert log.endswith("\tStatus: error\tError Type: Runtime.ExitError\t\n")


def test_report_of_a_cold_start_includes_the_initialisation() -> None:
    """The billed duration includes it too."""
    report = Report(duration_ms=1.2, memory_mb=256, peak_memory_mb=33, init_ms=93.004)
    assert format_report("1", report, Responded(b""), None) == (
        "REPORT RequestId: 1\tDuration: 1.20 ms\tBilled Duration: 95 ms\tMemory Size: 256 MB\t"
        "Max Memory Used: 33 MB\tInit Duration: 93.00 ms\t"
    )


def test_carriage_returns_become_line_ends() -> None:
    """The runtime client ends the lines of a traceback with CR, which on a terminal would hide them."""
    assert "[ERROR] boom\nTraceback\n" in written(
        b"[ERROR] boom\rTraceback\r\n".replace(b"\r\n", b"\n"), Exited(1)
    )


def test_long_output_is_truncated_and_counted() -> None:
    """Of a megabyte, the stream shows 256 KB and the number of missing bytes."""
    log = written(b"x" * 1_000_000, Responded(b""))
    assert log.count("x") == SHOWN_BYTES
    assert f"[{1_000_000 - SHOWN_BYTES} more bytes of output are not shown]\nEND" in log


def test_character_split_between_chunks_stays_whole() -> None:
    """Output arrives in chunks of any size."""
    stream = io.StringIO()
    log = InvocationLog("1", stream)
    for byte in "é€".encode():
        log.write(bytes([byte]))
    assert stream.getvalue() == "é€"


@given(st.lists(st.binary(max_size=3 * TAIL_BYTES), max_size=5))
def test_tail_is_the_end_of_the_log(chunks: list[bytes]) -> None:
    """For any chunks, the tail is the last 4 KB of the output."""
    log = InvocationLog("1", io.StringIO())
    output = [chunk.replace(b"\r", b"") for chunk in chunks]
    for chunk in output:
        log.write(chunk)
    assert log.tail == b"".join(output)[-TAIL_BYTES:]


def test_closed_log_does_not_stop_the_function() -> None:
    """The tail is still kept for the caller."""
    stream = io.StringIO()
    stream.close()
    log = InvocationLog("1", stream)
    log.start()
    log.write(b"hello")
    assert log.tail == b"START RequestId: 1 Version: $LATEST\nhello"
