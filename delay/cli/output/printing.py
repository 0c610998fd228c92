"""All output of the command passes here, which escapes the characters that a terminal acts on.

Commands print with `echo` and `echo_json`, or with the console of `plain_console`. `guard_streams` is the
gate for the rest: the messages of click, tracebacks, warnings, and the logs of local functions.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

import click

from delay.text.plain import escape, plain, plain_lines


def echo(*lines: str, err: bool = False) -> None:
    """Print lines on standard output or standard error. A line end within a line is escaped."""
    for line in lines:
        click.echo(plain(line), err=err)


def ask(question: str) -> bool:
    """Ask for a yes or no on standard error, and return whether it is a yes. The default is no."""
    # Not click.confirm, which writes a blank to standard output.
    click.echo(f"{plain(question)} [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def echo_json(value: object, *, indent: int | None = None) -> None:
    """Print a value as JSON: in one line, unless it is indented. Times become text (ISO 8601)."""
    echo(*format_json(value, indent=indent).split("\n"))


def format_json(
    value: object, *, indent: int | None = None, default: Callable[[Any], str] | None = None
) -> str:
    """Return a value as JSON, with escape sequences in place of characters without a glyph."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=default)
    return "\n".join(map(plain, text.split("\n")))


class OutputFailed(OSError):
    """Standard output or standard error cannot be written: its disk is full, for example."""


class CheckedStream:
    """A text stream that escapes what its encoding lacks, and raises OutputFailed if it cannot be written.

    It has no `buffer`, through which click would write past it.
    """

    buffer = None

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of a stream
        """Return an attribute of the stream."""
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write text, and return its length before it was escaped."""
        with self._report_failure():
            self.stream.write(_fit_encoding(text, self.stream.encoding or "utf-8"))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Pass on the buffered text."""
        with self._report_failure():
            self.stream.flush()

    @contextmanager
    def _report_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = getattr(self.stream, "name", "the output")
            raise OutputFailed(error.errno, error.strerror, name) from error


class GuardedStream(CheckedStream):
    """A checked stream that also escapes what a terminal acts on."""

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream if isinstance(stream, CheckedStream) else CheckedStream(stream)
        super().__init__(self.unguarded.stream)

    def write(self, text: str) -> int:
        """Write text, and return its length before it was escaped."""
        self.unguarded.write(plain_lines(text))
        return len(text)


def guard_streams() -> None:
    """Guard standard output and standard error until the process ends."""
    sys.stdout = _guard(sys.stdout)
    sys.stderr = _guard(sys.stderr)


def find_unguarded(stream: TextIO) -> TextIO:
    """Return the stream behind a guard, for writers that send a terminal commands of their own."""
    return cast("TextIO", stream.unguarded) if isinstance(stream, GuardedStream) else stream


def _guard(stream: TextIO) -> TextIO:
    is_guarded = stream is None or isinstance(stream, GuardedStream)  # a process may have no streams
    return stream if is_guarded else cast("TextIO", GuardedStream(stream))


def _fit_encoding(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(character if _has(encoding, character) else escape(character) for character in text)
    return text


def _has(encoding: str, character: str) -> bool:
    return character.encode(encoding, "ignore") != b""
