"""The steps that prove a stack, wherever it is deployed: it is used, broken and mended."""

from typing import Final

from verification.release import Release
from verification.steps import Steps
from verification.tasks import Tasks
from verification.watching import Reconciliation

WORKS: Final = "it-works"
CANCELLED: Final = "it-is-cancelled"
FAILS: Final = "it-fails"


def use(tasks: Tasks, steps: Steps) -> None:
    """Schedule one task to be called, and one to be cancelled."""
    with steps.step("delay schedule, delay wait: the function is called"):
        tasks.schedule(WORKS)
        tasks.succeed(WORKS)
    with steps.step("delay cancel: the function is not called"):
        tasks.schedule(CANCELLED, after="7d")
        tasks.cancel(CANCELLED)


def fail(tasks: Tasks, release: Release, steps: Steps) -> None:
    """Release a broken function, and find the failure in the dead-letter queue."""
    with steps.step("release a broken function: a task fails"):
        release.break_it()
        fail_again(tasks)
    with steps.step("the failure is in the dead-letter queue"):
        tasks.await_in_queue(FAILS)


def fail_again(tasks: Tasks) -> None:
    """Let a task fail because of the broken function."""
    tasks.schedule(FAILS)
    tasks.fail(FAILS)


def reconcile(tasks: Tasks, reconciliation: Reconciliation, steps: Steps) -> None:
    """Lose the letter of the failed task, and let the reconciliation send it, once."""
    with steps.step("the letter is lost: the reconciliation sends it, once"):
        reconciliation.lose_letters()
        reconciliation.require_sent(1)
        reconciliation.require_sent(0)
        tasks.await_in_queue(FAILS)


def redrive(tasks: Tasks, release: Release, steps: Steps) -> None:
    """Mend the function, and redrive the failed task."""
    with steps.step("mend the function, delay redrive --from-queue: the task succeeds, the queue is empty"):
        release.mend()
        tasks.redrive_from_queue(FAILS)
        tasks.succeed(FAILS)
