"""The due executions waiting for the disk before they go on."""

from collections import OrderedDict, defaultdict

from stepfunctions_local.engine.execution.branch import execution_id_of
from stepfunctions_local.engine.interpreters import Step


class HeldBack:
    """The due branches whose execution has to be written first."""

    def __init__(self) -> None:
        self._branches: defaultdict[int, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        """Count the executions that have to be written."""
        return len(self._branches)

    def add(self, branch_id: int) -> None:
        """Hold a branch back."""
        self._branches[execution_id_of(branch_id)].append(branch_id)

    def release(self, execution_id: int) -> list[int]:
        """Remove and return the branches of an execution that has been written."""
        return self._branches.pop(execution_id, [])


class Large:
    """The branches with so much text that they wait for room in the journal, each with its next step.

    They go on in the order in which they came. Small ones pass them.
    """

    def __init__(self) -> None:
        self._steps: OrderedDict[int, Step] = OrderedDict()

    def __len__(self) -> int:
        """Count the branches."""
        return len(self._steps)

    def add(self, branch_id: int, step: Step) -> None:
        """Let a branch wait with its next step. If it waits already, it keeps its first one."""
        self._steps.setdefault(branch_id, step)

    def remove(self, branch_id: int) -> None:
        """Remove a branch, if it waits: it has moved on by other means."""
        self._steps.pop(branch_id, None)

    def pop(self) -> tuple[int, Step]:
        """Remove and return the first branch and its step."""
        return self._steps.popitem(last=False)
