"""The jobs that branches wait for, such as executions they have started."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from stepfunctions_local.engine.execution.execution import Position


class Jobs:
    """The jobs, by the branches waiting for them, and the reverse.

    `runs_here` says whether this engine runs a job itself.
    """

    def __init__(self, runs_here: Callable[[str], bool]) -> None:
        self._runs_here = runs_here
        self._elsewhere: set[int] = set()
        self._jobs: dict[int, str] = {}
        self._branches: defaultdict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        """Count the branches waiting for a job."""
        return len(self._jobs)

    def __contains__(self, branch_id: int) -> bool:
        """Whether a branch waits for a job."""
        return branch_id in self._jobs

    def load(self, waiting: Iterable[tuple[int, str]]) -> None:
        """Add many branches at once, each with its job."""
        for branch_id, job in waiting:
            self._wait(branch_id, job)

    def add(self, position: Position) -> None:
        """Add the job that a branch at this position waits for, if it waits for one."""
        if position.awaited and position.awaited.job:
            self._wait(position.branch.id, position.awaited.job)

    def remove(self, branch_id: int) -> None:
        """Remove the job that a branch waits for, if it waits for one."""
        if job := self._jobs.pop(branch_id, None):
            self._elsewhere.discard(branch_id)
            self._branches[job].discard(branch_id)
            if not self._branches[job]:
                del self._branches[job]

    def find_branches(self, job: str) -> list[int]:
        """Return the branches waiting for a job."""
        return [*self._branches.get(job, ())]

    def branches(self) -> list[int]:
        """Return all branches waiting for a job."""
        return [*self._jobs]

    def elsewhere(self) -> list[int]:
        """Return the branches waiting for a job that runs elsewhere."""
        return [*self._elsewhere]

    def _wait(self, branch_id: int, job: str) -> None:
        self._jobs[branch_id] = job
        self._branches[job].add(branch_id)
        if not self._runs_here(job):
            self._elsewhere.add(branch_id)
