"""The comparison of the caller's clock with the dates of answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from delay import Delay, InvalidRequest, NotPermitted, Request, Status, Unreachable
from delay.aws.corrected_clock import TOLERANCE, CorrectedClock, Correction, Reading
from delay.testing import FakeClock, FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def answer_of(moment: datetime) -> dict[str, Any]:
    """Return the part of an answer that boto3 adds: the header has no fraction of a second."""
    return {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(moment, usegmt=True)}}}


def compare(correction: Correction, ahead: timedelta, latency: timedelta = timedelta(0)) -> None:
    """Compare with a server that is ahead of this clock, halfway through a call."""
    sent, received = Reading(NOON, 0), Reading(NOON + latency, latency.total_seconds())
    correction.compare(sent, received, answer_of(NOON + latency / 2 + ahead))


def test_skipped_clock_is_followed_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """A local endpoint's time was skipped, so this computer's clock is right."""
    correction, answer = Correction(), answer_of(NOON + WEEK)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    headers["x-stepfunctions-local-skipped-seconds"] = "604800.000"
    correction.compare(Reading(NOON, 0), Reading(NOON, 0), answer)
    assert (correction.offset, caplog.messages) == (WEEK, [])
    late = NOON - 3 * HOUR
    correction.compare(Reading(late, 9), Reading(late, 9), answer)
    assert correction.offset == WEEK + 3 * HOUR
    assert "clock is 3h behind" in caplog.text


@pytest.mark.parametrize("text", ["", "x", "nan", "1e300"])
def test_malformed_skip_is_none(text: str) -> None:
    """Another endpoint may send the header."""
    correction, answer = Correction(), answer_of(NOON + WEEK)
    answer["ResponseMetadata"]["HTTPHeaders"]["x-stepfunctions-local-skipped-seconds"] = text
    correction.compare(Reading(NOON, 0), Reading(NOON, 0), answer)
    assert correction.offset == WEEK


@given(
    st.timedeltas(min_value=-WEEK, max_value=WEEK),
    st.timedeltas(min_value=timedelta(0), max_value=5 * SECOND),
)
def test_correction_makes_no_task_early(ahead: timedelta, latency: timedelta) -> None:
    """It falls short of the difference by the latency and a second at most, and small ones stay."""
    correction = Correction()
    compare(correction, ahead, latency)
    if correction.offset:
        assert ahead - latency - SECOND <= correction.offset <= ahead
    else:
        assert abs(ahead) <= TOLERANCE + latency + SECOND


@pytest.mark.parametrize("ahead", [timedelta(0), SECOND, -SECOND])
def test_small_difference_is_left_alone(ahead: timedelta, caplog: pytest.LogCaptureFixture) -> None:
    """It may be the date's resolution."""
    correction = Correction()
    compare(correction, ahead)
    assert (correction.offset, caplog.messages) == (timedelta(0), [])


def test_wrong_clock_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """The difference itself follows each answer: a clock that was set right is used again."""
    correction = Correction()
    compare(correction, 3 * HOUR)
    compare(correction, 4 * HOUR)
    assert correction.offset == 4 * HOUR
    compare(correction, timedelta(0))
    assert correction.offset == timedelta(0)
    (message,) = caplog.messages
    assert message.startswith("This computer's clock is 3h behind AWS's, which is used")


def test_later_answers_refine_the_correction() -> None:
    """A slow call says little, and a quick one more."""
    correction = Correction()
    compare(correction, HOUR, latency=10 * SECOND)
    assert correction.offset == HOUR - 5 * SECOND
    compare(correction, HOUR)
    assert correction.offset == HOUR


@pytest.mark.parametrize(
    "answer", [{}, {"ResponseMetadata": {}}, {"ResponseMetadata": {"HTTPHeaders": {"date": "soon"}}}]
)
def test_answer_without_a_date_changes_nothing(answer: dict[str, Any]) -> None:
    """It counts as a check, so that the next task is scheduled without another."""
    correction = Correction()
    correction.compare(Reading(NOON, 0), Reading(NOON, 0), answer)
    assert correction.offset == timedelta(0)
    assert correction.is_valid_at(Reading(NOON, 0))


def test_check_ends_with_an_hour_or_a_set_clock() -> None:
    """A clock that was set during a call is not compared at all."""
    correction = Correction()
    assert not correction.is_valid_at(Reading(NOON, 0))
    compare(correction, timedelta(0))
    assert correction.is_valid_at(Reading(NOON + HOUR, 3600))
    assert not correction.is_valid_at(Reading(NOON + HOUR + SECOND, 3601))
    assert not correction.is_valid_at(Reading(NOON + HOUR, 5))
    correction.compare(Reading(NOON, 0), Reading(NOON + HOUR, 1), answer_of(NOON))
    assert correction.offset == timedelta(0)


def test_corrected_clock_adds_the_difference() -> None:
    """Its other times are those of the caller's clock."""
    clock = CorrectedClock(FakeClock(NOON))
    compare(clock.correction, HOUR)
    clock.sleep(1)
    assert (clock.now(), clock.uncorrected.now()) == (NOON + HOUR + SECOND, NOON + SECOND)
    assert clock.monotonic() == clock.uncorrected.monotonic()


@pytest.mark.parametrize(("ahead", "is_named"), [(3 * HOUR, True), (10 * SECOND, False)])
def test_refused_signature_names_the_wrong_clock(
    sfn: FakeStepFunctions, ahead: timedelta, *, is_named: bool
) -> None:
    """AWS refuses a signature that is over five minutes off, and calls it expired."""
    error = {"Error": {"Code": "InvalidSignatureException", "Message": "Signature expired"}}
    answer: Any = error | answer_of(sfn.clock.now() + ahead)
    sfn.fail("start_execution", ClientError(answer, "StartExecution"))
    with pytest.raises(NotPermitted) as raised:
        Delay(sfn.state_machine_arn, sfn, clock=sfn.clock).schedule({}, after=HOUR)
    assert ("This computer's clock is 3h behind AWS's: set it." in str(raised.value)) == is_named


class WithEndpoint(FakeStepFunctions):
    """Has an endpoint, like a real client: so its clock is compared."""

    def __init__(self) -> None:
        super().__init__()
        self.meta.endpoint_url = "http://127.0.0.1:8083"

    def start_execution(self, **request: Any) -> dict[str, Any]:
        """Start an execution, whatever its input."""
        if not request["input"].startswith("{"):
            request["input"] = '{"expirydate": 60}'
        return super().start_execution(**request)


def test_check_starts_nothing_on_an_emulator_that_refuses_nothing() -> None:
    """The execution that it has started is stopped, and its lack of a date does not matter."""
    sfn = WithEndpoint()
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    sfn.fail("start_execution", "InvalidName")
    delay.check_clock()
    assert sfn.requests == ["start_execution"]
    sfn.clock.forward(2 * HOUR)
    delay.check_clock()
    assert sfn.requests[1:] == ["start_execution", "stop_execution"]
    assert delay.schedule({}, at=sfn.clock.now() + HOUR).due == sfn.clock.now() + HOUR
    assert [task.due for task in delay.list(Status.OPEN, due=True)] == [sfn.clock.now() + HOUR]


def test_endpoint_that_does_not_answer_is_asked_once() -> None:
    """The task itself would wait for as long again."""
    sfn = WithEndpoint()
    sfn.fail("start_execution", EndpointConnectionError(endpoint_url="http://127.0.0.1:8083"), times=9)
    with pytest.raises(Unreachable):
        Delay(sfn.state_machine_arn, sfn, clock=sfn.clock).schedule({}, at=sfn.clock.now() + HOUR)
    assert sfn.requests == ["start_execution"]


def test_invalid_request_is_refused_before_the_clock_is_compared() -> None:
    """Nothing is sent for it."""
    sfn = WithEndpoint()
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    at = sfn.clock.now() + HOUR
    bad: list[Callable[[], object]] = [
        lambda: delay.schedule({"expirydate": 1}, at=at),
        lambda: delay.schedule({}, at=at, key="a b"),
        lambda: delay.schedule({}, at=at.replace(tzinfo=None)),
        lambda: delay.reschedule("a", at=at.replace(tzinfo=None)),
    ]
    for request in bad:
        with pytest.raises(InvalidRequest):
            request()
    assert sfn.requests == []


class ThrottledByAnotherClock(FakeStepFunctions):
    """Throttles the first request, with its own date."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__()
        error = {"Error": {"Code": "ThrottlingException"}}
        answer: Any = error | answer_of(self.clock.now() + ahead)
        self.fail("start_execution", ClientError(answer, "StartExecution"))


@pytest.mark.parametrize("ahead", [3 * HOUR, -3 * HOUR])
@pytest.mark.parametrize(
    "schedule",
    [
        lambda delay: delay.schedule({"a": 1}, after=WEEK).due,
        lambda delay: next(iter(delay.schedule_many([Request({"a": 1}, WEEK)]))).require().due,
    ],
    ids=["schedule", "schedule_many"],
)
def test_delay_stays_the_same_when_the_clock_is_found_wrong(
    ahead: timedelta, schedule: Callable[[Delay], datetime]
) -> None:
    """The first request is throttled, and the second waits for as long."""
    sfn = ThrottledByAnotherClock(ahead)
    began = sfn.clock.now()
    due = schedule(Delay(sfn.state_machine_arn, sfn, clock=sfn.clock))
    assert began + WEEK <= due <= began + WEEK + SECOND
