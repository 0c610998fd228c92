"""The commands that change all tasks of a prefix: options, dry run, confirmation, progress and result."""

import sys
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

import click

from delay.cli.errors import ExitCode
from delay.cli.interruption import handle_interrupt
from delay.cli.output.printing import ask, echo, echo_json
from delay.cli.output.progress_display import ProgressDisplay
from delay.cli.output.task_text import task_json, task_line
from delay.cli.task_changes import is_fatal
from delay.text.count import format_count
from delay.text.plain import plain

if TYPE_CHECKING:
    from delay.client import Delay
    from delay.request import Change
    from delay.task import Status, Task


@dataclass(frozen=True, slots=True)
class Choice:
    """The tasks that an operation is for, and how it is to be carried out, as the options say."""

    prefix: str | None
    is_all: bool
    dry_run: bool
    yes: bool

    @property
    def is_made(self) -> bool:
        """Whether the options choose tasks."""
        return self.prefix is not None or self.is_all

    def describe(self, number: int) -> str:
        """Return the choice, for a sentence on this number of tasks."""
        keys = "a key that begins" if number == 1 else "keys that begin"
        return "" if self.is_all else f" with {keys} with '{plain(self.prefix or '')}'"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on many tasks, in words and in deed.

    `verb`, `doing` and `done` are such as cancel, Cancelling and Cancelled; `kind` is which tasks: open.
    `find` finds keys among the tasks that it lists; `change` changes those of the keys it gets, to be due
    `after` that delay.
    """

    verb: str
    doing: str
    done: str
    kind: str
    find: Callable[[Callable[["Status"], Iterable["Task"]]], Collection[str]]
    change: Callable[[Iterable[str]], Iterator["Change"]]
    after: timedelta | None = None


_OPTIONS = (
    click.option("--prefix", help="All tasks whose keys begin with this, instead of KEYs."),
    click.option("--all", "is_all", is_flag=True, help="All tasks, instead of KEYs."),
    click.option("--dry-run", is_flag=True, help="Print what would be changed, and change nothing."),
    click.option("--yes", is_flag=True, help="Do not ask. Required if no terminal can answer."),
)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--prefix`, `--all`, `--dry-run` and `--yes`, which the command gets as `choice`."""

    @wraps(command)
    def run(*, prefix: str | None, is_all: bool, dry_run: bool, yes: bool, **others: object) -> None:
        command(choice=Choice(prefix, is_all, dry_run, yes), **others)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def build_no_choice(others: str) -> click.UsageError:
    """Return the error of a command that got none or several of KEYs and the other options."""
    return click.UsageError(f"Name tasks by their KEYs, or give {others}: exactly one of them.")


def require_one_choice(keys: tuple[str, ...], choice: Choice, others: str = "--prefix or --all") -> None:
    """Require KEYs or `--prefix` or `--all`, and no option that needs the others.

    Raises:
        click.UsageError: none or several are given, or the prefix is empty, as an unset variable is.

    """
    if bool(keys) + (choice.prefix is not None) + choice.is_all != 1:
        raise build_no_choice(others)
    if choice.prefix == "":
        raise click.UsageError("--prefix is empty and would match every task: pass --all if you mean that.")
    if keys and choice.dry_run:
        raise click.UsageError(f"--dry-run goes with {others}.")
    if keys and choice.yes:
        raise click.UsageError("--yes goes with --prefix or --all.")
    if not (keys or choice.dry_run or choice.yes or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask on: pass --yes, or --dry-run to change nothing.")


def change_all(delay: "Delay", choice: Choice, operation: Operation, *, as_json: bool) -> None:
    """Find the chosen tasks, ask, change them, and end the command with its exit code."""
    keys = _find_keys(delay, choice, operation)
    tasks = f"{format_count(len(keys), f'{operation.kind} task')}{choice.describe(len(keys))}"
    if not keys:
        echo(f"There are no {operation.kind} tasks{choice.describe(0)}.", err=True)
    elif choice.dry_run:
        for key in keys:
            echo_json({"key": key}) if as_json else echo(key)
        echo(f"Would {operation.verb} {tasks}.", err=True)
    elif choice.yes or ask(f"{operation.verb.capitalize()} {tasks}?"):
        _change(delay, keys, operation, as_json=as_json)
    else:
        raise SystemExit(ExitCode.ERROR)


def _find_keys(delay: "Delay", choice: Choice, operation: Operation) -> Collection[str]:
    with ProgressDisplay("Listing") as display:
        return operation.find(lambda status: delay.list(status, choice.prefix or "").iterate(display.update))


def _change(delay: "Delay", keys: Collection[str], operation: Operation, *, as_json: bool) -> None:
    run = _Run(delay, len(keys), operation, as_json=as_json)
    changes = cast("Generator[Change, None, None]", operation.change(run.feed(keys)))
    with handle_interrupt(run.interrupt), closing(changes):
        run.show_all(changes)
    echo(run.summary, err=True)
    if run.is_interrupted:
        raise SystemExit(ExitCode.INTERRUPTED)
    if run.failed:
        raise SystemExit(ExitCode.SOME_FAILED)


class _Run:
    """One run of an operation. Ctrl-C completes the tasks in progress, and leaves the others."""

    def __init__(self, delay: "Delay", total: int, operation: Operation, *, as_json: bool) -> None:
        self._clock = delay.clock
        self._total = total
        self._operation = operation
        self._as_json = as_json
        self.is_interrupted = False
        self.changed = 0
        self.unchanged = 0
        self.failed = 0

    def interrupt(self) -> None:
        """Change no further tasks."""
        self.is_interrupted = True
        echo("Waiting for the tasks in progress. Press Ctrl-C again to exit at once.", err=True)

    def feed(self, keys: Iterable[str]) -> Iterator[str]:
        """Yield the keys until the run is interrupted."""
        for key in keys:
            if self.is_interrupted:
                return
            yield key

    def show_all(self, changes: Iterable["Change"]) -> None:
        """Print each change, above the progress."""
        with ProgressDisplay(self._operation.doing, self._total) as display:
            for change in changes:
                self._show(change, display)
                display.update(self._done)

    @property
    def summary(self) -> str:
        """The numbers of tasks changed, found as requested, failed and left."""
        unchanged = f", {self.unchanged:,} needed no change" if self.unchanged else ""
        failed = f", {self.failed:,} failed" if self.failed else ""
        left = self._total - self._done
        rest = f", {left:,} left as they were" if left else ""
        return f"{self._operation.done} {format_count(self.changed, 'task')}{unchanged}{failed}{rest}."

    @property
    def _done(self) -> int:
        return self.changed + self.unchanged + self.failed

    def _show(self, change: "Change", display: ProgressDisplay) -> None:
        if change.task:
            self.changed += change.was_needed
            self.unchanged += not change.was_needed
            display.print(self._format(change.task))
            return
        if change.error and is_fatal(change.error):
            raise change.error
        self.failed += 1
        display.print(f"Error: {change.error}", err=True)

    def _format(self, task: "Task") -> str:
        return task_json(task) if self._as_json else task_line(task, self._clock.now(), self._operation.after)
