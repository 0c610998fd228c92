"""Changes any number of tasks in threads, with a result for each."""

from collections.abc import Callable, Iterable, Iterator

from delay.errors import DelayError
from delay.many.stoppable_clock import StoppableClock
from delay.many.thread_pool import ThreadPool
from delay.request import Change
from delay.task import Task


def change_each(
    keys: Iterable[str], change: Callable[[str], Change], clock: StoppableClock, concurrency: int
) -> Iterator[Change]:
    """Yield the result of `change` for each key, in the order of completion. A DelayError is a result."""

    def process(key: str) -> Change:
        try:
            return change(key)
        except DelayError as error:
            return Change(key, error=error)

    return ThreadPool(process, clock, concurrency).run(keys)


def return_change(operation: Callable[[str], Task]) -> Callable[[str], Change]:
    """Return an operation on the task of a key as one that returns a Change."""
    return lambda key: Change(key, task=operation(key))
