"""The third number of a volume follows from the other two by Little's law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.errors import IncompleteVolume
from delay.planning.workload import Shape, Volume
from tests.unit.delay.planning.samples import INSTANT, WEEK

RATES = st.floats(min_value=1e-3, max_value=1e4)
DELAYS = st.floats(min_value=1, max_value=3e7)


def test_number_waiting_is_rate_times_delay() -> None:
    """60 a second for a week are 36 million."""
    assert Volume(per_second=60, delay_seconds=WEEK).workload(INSTANT).open_tasks == 36_288_000


def test_task_is_open_during_its_call() -> None:
    """10 tasks a second, with one second of delay and two of call, are 30."""
    assert Volume(10, 1).workload(Shape(call_seconds=2)).open_tasks == 30


def test_number_waiting_alone_gives_no_rate() -> None:
    """The tasks exist once."""
    workload = Volume(pending=10_000).workload(INSTANT)
    assert (workload.open_tasks, workload.tasks, workload.per_second) == (10_000, 10_000, None)


@given(RATES, DELAYS)
def test_each_number_follows_from_the_other_two(rate: float, delay: float) -> None:
    """Any of the three may be left out."""
    pending = Volume(rate, delay).workload(Shape()).open_tasks
    for volume in (Volume(rate, None, pending), Volume(None, delay, pending)):
        workload = volume.workload(Shape())
        assert workload.delays
        assert workload.per_second == pytest.approx(rate)
        assert workload.delays.mean_seconds == pytest.approx(delay, abs=0.01)


@pytest.mark.parametrize(
    "volume", [Volume(), Volume(60), Volume(None, WEEK), Volume(60, WEEK, 5), Volume(same_second=5)]
)
def test_incomplete_and_contradictory_volumes_are_refused(volume: Volume) -> None:
    """Nothing is guessed."""
    with pytest.raises(IncompleteVolume, match="two of rate, delay and number waiting"):
        volume.workload(INSTANT)
