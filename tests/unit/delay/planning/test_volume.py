"""Finding by Little's law what was not said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.errors import IncompleteVolume
from delay.planning.workload import Shape, Volume
from tests.unit.delay.planning.samples import INSTANT, WEEK

RATES = st.floats(min_value=1e-3, max_value=1e4)
DELAYS = st.floats(min_value=1, max_value=3e7)


def test_the_number_waiting_is_rate_times_delay() -> None:
    """60 a second for a week are 36 million."""
    assert Volume(per_second=60, delay_seconds=WEEK).workload(INSTANT).open_tasks == 36_288_000


def test_a_task_is_open_while_its_call_lasts() -> None:
    """10 a second that wait a second and are called for two hold 30."""
    assert Volume(10, 1).workload(Shape(call_seconds=2)).open_tasks == 30


def test_the_number_waiting_alone_tells_no_rate() -> None:
    """So many, once."""
    workload = Volume(pending=10_000).workload(INSTANT)
    assert (workload.open_tasks, workload.tasks, workload.flow) == (10_000, 10_000, None)


@given(RATES, DELAYS)
def test_each_of_the_three_follows_from_the_other_two(rate: float, delay: float) -> None:
    """Whichever was left out."""
    pending = Volume(rate, delay).workload(Shape()).open_tasks
    for volume in (Volume(rate, None, pending), Volume(None, delay, pending)):
        flow = volume.workload(Shape()).flow
        assert flow
        assert flow.per_second == pytest.approx(rate)
        assert flow.mean_delay_seconds == pytest.approx(delay, abs=0.01)


@pytest.mark.parametrize(
    "volume", [Volume(), Volume(60), Volume(None, WEEK), Volume(60, WEEK, 5), Volume(same_second=5)]
)
def test_too_little_and_too_much_is_refused(volume: Volume) -> None:
    """Nothing is guessed, and no contradiction is overlooked."""
    with pytest.raises(IncompleteVolume, match="two of rate, delay and number waiting"):
        volume.workload(INSTANT)
