"""The due task, read from the event and the client context."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay import Generation
from delayed_task.errors import UnreadableTaskError
from delayed_task.task import DueTask, read_due_task

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:delay:order-42"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
START_TIME = "2026-11-24T01:00:00.123Z"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def client_context(custom: object) -> SimpleNamespace:
    return SimpleNamespace(custom=custom)


def test_due_task_has_the_execution_and_its_due_time() -> None:
    """The due time is the start time plus expirydate."""
    custom = {"execution": EXECUTION, "startTime": START_TIME}
    assert read_due_task({"expirydate": 11}, client_context(custom)) == DueTask.of_execution(
        EXECUTION, datetime(2026, 11, 24, 1, 0, 11, 123_000, tzinfo=UTC)
    )


def test_key_is_the_name_of_the_execution() -> None:
    """A task that was never rescheduled has generation 1."""
    task = DueTask.of_execution(EXECUTION, NOW)
    assert (task.key, task.generation, task.identity) == ("order-42", 1, EXECUTION)


def test_rescheduled_task_keeps_its_key() -> None:
    """The name of a later execution has a suffix, which is not part of the key."""
    task = DueTask.of_execution(f"{EXECUTION}--g12-g19", NOW)
    assert (task.key, task.generation, task.identity) == ("order-42", 12, EXECUTION)


@given(
    name=st.from_regex(r"[a-z-]{0,4}(--g[0-9]{1,3}-[0-9a-z]{2,4}){0,2}", fullmatch=True)
    | st.text().map(lambda text: text.replace(":", ""))
)
def test_names_are_parsed_as_the_client_parses_them(name: str) -> None:
    """The function cannot import `delay`, and returns the same key and generation."""
    generation = Generation.of_name(name)
    task = DueTask.of_execution(f"arn:aws:states:us-east-1:123456789012:execution:delay:{name}", NOW)
    assert (task.key, task.generation) == (generation.key, generation.number)


def test_call_without_client_context_has_no_task() -> None:
    """`sam local invoke` and the real `sam local start-lambda` pass none: that is no error."""
    assert read_due_task({"expirydate": 11}, None) is None


@pytest.mark.parametrize(
    ("now_seconds", "lateness_seconds"),
    [
        pytest.param(12.5, 1.5, id="late"),
        pytest.param(11, 0, id="on time"),
        pytest.param(1, -10, id="time was skipped"),
    ],
)
def test_lateness_is_the_time_since_the_due_time(now_seconds: float, lateness_seconds: float) -> None:
    """It keeps its sign, which reveals clocks that disagree."""
    start = datetime(2026, 11, 24, tzinfo=UTC)
    task = DueTask.of_execution(EXECUTION, start + timedelta(seconds=11))
    assert task.lateness(start + timedelta(seconds=now_seconds)) == timedelta(seconds=lateness_seconds)


@pytest.mark.parametrize(
    ("event", "custom", "message"),
    [
        ({"expirydate": 11}, None, "the client context's custom must be a JSON object, got NoneType"),
        ({"expirydate": 11}, [], "the client context's custom must be a JSON object, got list"),
        ({"expirydate": 11}, {"startTime": START_TIME}, "execution must be of type str, got None"),
        ({"expirydate": 11}, {"execution": EXECUTION}, "startTime must be of type str, got None"),
        (
            {"expirydate": 11},
            {"execution": EXECUTION, "startTime": "yesterday"},
            "startTime must be an RFC 3339 time, got 'yesterday'",
        ),
        (
            {"expirydate": 11},
            {"execution": EXECUTION, "startTime": "2026-11-24T01:00:00"},
            "startTime must have a time zone, got '2026-11-24T01:00:00'",
        ),
        ({}, {"execution": EXECUTION, "startTime": START_TIME}, "expirydate must be of type int, got None"),
        (
            {"expirydate": True},
            {"execution": EXECUTION, "startTime": START_TIME},
            "expirydate must be of type int, got True",
        ),
        (
            {"expirydate": 10**15},
            {"execution": EXECUTION, "startTime": START_TIME},
            "expirydate is beyond the calendar: 1000000000000000",
        ),
        ([], {"execution": EXECUTION, "startTime": START_TIME}, "the event must be a JSON object, got list"),
    ],
)
def test_unreadable_task_raises_an_error_with_the_reason(event: object, custom: object, message: str) -> None:
    """The message names the member, the allowed type and the given value."""
    with pytest.raises(UnreadableTaskError) as raised:
        read_due_task(event, client_context(custom))
    assert str(raised.value) == message


def test_error_message_stays_short_for_a_long_value() -> None:
    """The log must not repeat a misplaced payload of 256 KiB."""
    custom = {"execution": EXECUTION, "startTime": START_TIME}
    with pytest.raises(UnreadableTaskError) as raised:
        read_due_task({"expirydate": "x" * 262_144}, client_context(custom))
    assert len(str(raised.value)) < 100


@given(event=json_values, custom=json_values)
def test_any_json_raises_no_other_error(event: object, custom: object) -> None:
    """The handler expects UnreadableTaskError alone."""
    with suppress(UnreadableTaskError):
        read_due_task(event, client_context(custom))


@given(
    start=st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat), seconds=st.integers()
)
def test_any_start_time_and_delay_raise_no_other_error(start: str, seconds: int) -> None:
    """This includes times at the ends of the calendar."""
    custom = {"execution": EXECUTION, "startTime": start}
    with suppress(UnreadableTaskError):
        read_due_task({"expirydate": seconds}, client_context(custom))
