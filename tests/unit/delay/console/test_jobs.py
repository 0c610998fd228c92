"""Changes of many tasks, looked at while they go on."""

from collections.abc import Iterator

from delay.console.jobs import Job
from delay.request import Change


class Ending(list[tuple[str, str]]):
    """The errors of a job that goes on to its end while its state is read."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Job] = []

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """End the job."""
        if self.jobs:
            self.jobs.pop().run([Change("a"), Change("b")])
        return super().__iter__()


def test_job_is_done_with_its_last_numbers() -> None:
    """Not with those of a moment before."""
    errors = Ending()
    job = Job("Cancelling tasks", "/", _errors=errors)
    errors.jobs.append(job)
    during, after = job.state, job.state
    assert (during.changed, during.is_done) == (0, False)
    assert (after.changed, after.is_done) == (2, True)
