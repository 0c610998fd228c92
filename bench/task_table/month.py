"""The bill of a month of tasks, extrapolated from a simulated sample of them."""

from functools import cache

from bench.task_table.bill import Bill
from bench.task_table.simulation import Counted, Simulation
from bench.task_table.traffic import Traffic
from delay.planning.workload import MONTH_SECONDS, Shape


def simulate_month(traffic: Traffic) -> Counted:
    """Return the bill of a month of this traffic, from a sample of its tasks.

    Idle functions cost by the minute, and tasks at the same rate by their number. So it is an idle month, and
    the sample's bill beyond that of the same idle hours, times a month's tasks over those of the sample.
    """
    sample = Simulation(traffic).run()
    idle = _simulate_idle(traffic.seconds, traffic.wait_seconds)
    tasks = round(traffic.per_second * MONTH_SECONDS)
    idle_times = MONTH_SECONDS / traffic.whole_seconds
    return Counted(sample.bill.extrapolate(idle, tasks / sample.tasks, idle_times), tasks)


@cache
def _simulate_idle(seconds: int, wait_seconds: int) -> Bill:
    """Return the bill of no tasks, in the hours that those take which come within these seconds."""
    traffic = Traffic(per_second=1, tasks=seconds, shape=Shape(), wait_seconds=wait_seconds)
    return Simulation(traffic, is_idle=True).run().bill
