"""The log of executions: the latest lines in memory and, if the records have a folder, in files as well."""

import itertools
import json
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stepfunctions_local.engine.records.log_files import LogFiles

MOST_CHARACTERS: Final = 8 * 1024 * 1024
"""The length of the lines that are kept in memory. The oldest ones go first."""

PAGE_CHARACTERS: Final = 1_000_000
"""The length of the lines after which a page ends."""

_ARN_KEY: Final = '"execution_arn":"'
_NAME_IN_ARN: Final = 6

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line with its number, and the name of the state machine that it is of."""

    number: int
    state_machine_name: str
    text: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines of a state machine, and the number after which the next page begins."""

    lines: Sequence[LogLine]
    after: int


class ExecutionLog:
    """Keeps the latest lines of all executions.

    As on AWS, logging is best effort: a line that cannot be written to the files holds up no execution.
    """

    def __init__(self, files: LogFiles | None = None) -> None:
        self._files = files
        self._numbers = itertools.count(1)
        self._lines: deque[LogLine] = deque()
        self._characters = 0
        self._is_failing = False
        self._keep(text for text in (files.read() if files else ()) if _is_line(text))

    def append(self, texts: Sequence[str]) -> None:
        """Append lines, each of them JSON text."""
        if texts:
            self._keep(texts)
            self._write("".join(f"{text}\n" for text in texts))

    def read(self, state_machine_name: str, after: int = 0) -> LogPage:
        """Return the lines of a state machine after a number, the oldest first."""
        found: list[LogLine] = []
        characters, last = 0, after
        for line in self._list_after(after):
            if characters > PAGE_CHARACTERS:
                break
            last = line.number
            if line.state_machine_name == state_machine_name:
                found.append(line)
                characters += len(line.text)
        return LogPage(found, last)

    def _list_after(self, after: int) -> list[LogLine]:
        newest_first = itertools.takewhile(lambda line: line.number > after, reversed(self._lines))
        return [*newest_first][::-1]

    def _keep(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._lines.append(LogLine(next(self._numbers), _read_state_machine_name(text), text))
            self._characters += len(text)
        while self._characters > MOST_CHARACTERS:
            self._characters -= len(self._lines.popleft().text)

    def _write(self, text: str) -> None:
        if self._files is None:
            return
        try:
            self._files.append(text)
            self._is_failing = False
        except OSError as error:
            if not self._is_failing:
                _LOG.warning("The log of executions cannot be written (%s): it is in memory alone.", error)
            self._is_failing = True


def _read_state_machine_name(text: str) -> str:
    """Return the name of a line's state machine. Within the line, only the last such key is not escaped."""
    return text[text.rfind(_ARN_KEY) + len(_ARN_KEY) :].split(":", _NAME_IN_ARN + 1)[_NAME_IN_ARN]


def _is_line(text: str) -> bool:
    """Whether a text is a whole line of this log: the end of a file may be torn, and others may write it."""
    try:
        arn = json.loads(text)["execution_arn"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
    return isinstance(arn, str) and arn.count(":") > _NAME_IN_ARN and f'{_ARN_KEY}{arn}"' in text
