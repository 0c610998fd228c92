"""How much there is, as somebody says it who need not know all of it."""

from dataclasses import dataclass

from delay.planning.errors import IncompleteVolume
from delay.planning.shape import Shape
from delay.planning.workload import Workload


@dataclass(frozen=True, slots=True)
class Volume:
    """Two of rate, delay and number waiting, from which the third follows, or the number waiting alone.

    `same_second` is the most tasks that are due in one second, where that is known.
    """

    per_second: float | None = None
    delay_seconds: float | None = None
    pending: float | None = None
    same_second: float | None = None

    def workload(self, shape: Shape) -> Workload:
        """Find what was not said by Little's law: as many are open as arrive while one is.

        Raises:
            IncompleteVolume: too little was said, or all three.

        """
        rate, delay, pending = self.per_second, self.delay_seconds, self.pending
        if rate is None and delay is None and pending is not None:
            return Workload.waiting(pending, shape, same_second=self.same_second)
        if rate is not None and delay is None and pending is not None:
            delay = max(0.0, pending / rate - shape.call_seconds)
        elif rate is None and delay is not None and pending is not None:
            rate = pending / (delay + shape.call_seconds)
        elif rate is None or delay is None or pending is not None:
            raise IncompleteVolume("Say two of rate, delay and number waiting, or the number waiting alone.")
        return Workload.steady(rate, delay, shape, same_second=self.same_second)
