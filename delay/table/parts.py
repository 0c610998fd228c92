"""The parts of a store that share its requests."""

from delay.table.changing import Changes
from delay.table.placing import Placer
from delay.table.requests import Requests
from delay.table.scheduling import Scheduler
from delay.table.setup import Setup


class Parts:
    """Setup, placer, scheduler and changes over the same requests: an operation on many has its own."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self.setup = Setup(requests)
        self.placer = Placer(requests, self.setup)
        self.scheduler = Scheduler(requests, self.placer)
        self.changes = Changes(requests, self.setup, self.placer, self.scheduler)
