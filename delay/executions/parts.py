"""The parts of a store that share its service and its clock."""

from delay.aws.corrected_clock import CorrectedClock
from delay.executions.changing import Changes
from delay.executions.generations import Generations
from delay.executions.scheduling import Scheduler
from delay.executions.service import StepFunctions


class Parts:
    """Generations, scheduler and changes over one service: an operation on many has its own."""

    def __init__(self, service: StepFunctions, clock: CorrectedClock) -> None:
        self.generations = Generations(service, clock)
        self.scheduler = Scheduler(service, self.generations, clock)
        self.changes = Changes(service, self.generations, self.scheduler, clock)
