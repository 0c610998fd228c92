"""How the function learns which task called it and when that was due."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay import Generation
from delayed_task.task import DueTask, UnreadableTaskError, read_due_task

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


def test_key_and_due_time_come_from_the_execution() -> None:
    """The key is the execution's name, the due time its start and expirydate."""
    custom = {"execution": EXECUTION, "startTime": START_TIME}
    assert read_due_task({"expirydate": 11}, client_context(custom)) == DueTask(
        execution=EXECUTION, due_time=datetime(2026, 11, 24, 1, 0, 11, 123_000, tzinfo=UTC)
    )


def test_the_key_is_the_name_of_the_execution() -> None:
    """A task that was never rescheduled is its first generation."""
    task = DueTask(EXECUTION, NOW)
    assert (task.key, task.generation, task.first_execution) == ("order-42", 1, EXECUTION)


def test_a_rescheduled_task_keeps_its_key() -> None:
    """The later executions of a task have a suffix, which is no part of the key."""
    task = DueTask(f"{EXECUTION}--g12-g19", NOW)
    assert (task.key, task.generation, task.first_execution) == ("order-42", 12, EXECUTION)


@given(
    name=st.from_regex(r"[a-z-]{0,4}(--g[0-9]{1,3}-[0-9a-z]{2,4}){0,2}", fullmatch=True)
    | st.text().map(lambda text: text.replace(":", ""))
)
def test_names_are_read_as_the_client_writes_them(name: str) -> None:
    """The function has no `delay` to import, and reads key and generation as `delay` does."""
    generation = Generation.of_name(name)
    task = DueTask(f"arn:aws:states:us-east-1:123456789012:execution:delay:{name}", NOW)
    assert (task.key, task.generation) == (generation.key, generation.number)


def test_a_call_without_client_context_has_no_task() -> None:
    """`sam local invoke` and the real `sam local start-lambda` pass none, which is no error."""
    assert read_due_task({"expirydate": 11}, None) is None


@pytest.mark.parametrize(
    ("now_seconds", "lateness_seconds"),
    [
        pytest.param(12.5, 1.5, id="late"),
        pytest.param(11, 0, id="on time"),
        pytest.param(1, -10, id="time was skipped"),
    ],
)
def test_lateness_counts_from_the_due_time(now_seconds: float, lateness_seconds: float) -> None:
    """Lateness keeps its sign, so that clocks that disagree are seen."""
    start = datetime(2026, 11, 24, tzinfo=UTC)
    task = DueTask(EXECUTION, start + timedelta(seconds=11))
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
def test_what_cannot_be_read_says_why(event: object, custom: object, message: str) -> None:
    """The error names the member, what was given and what is allowed."""
    with pytest.raises(UnreadableTaskError) as raised:
        read_due_task(event, client_context(custom))
    assert str(raised.value) == message


def test_a_message_stays_short_whatever_was_given() -> None:
    """A payload of 256 KiB in the wrong place does not end up in the log."""
    custom = {"execution": EXECUTION, "startTime": START_TIME}
    with pytest.raises(UnreadableTaskError) as raised:
        read_due_task({"expirydate": "x" * 262_144}, client_context(custom))
    assert len(str(raised.value)) < 100


@given(event=json_values, custom=json_values)
def test_no_json_raises_anything_else(event: object, custom: object) -> None:
    """Whatever JSON the caller sends, the only error is the one that the handler expects."""
    with suppress(UnreadableTaskError):
        read_due_task(event, client_context(custom))


@given(
    start=st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat), seconds=st.integers()
)
def test_no_start_time_and_no_delay_raise_anything_else(start: str, seconds: int) -> None:
    """Times at the ends of the calendar are unreadable at worst, too."""
    custom = {"execution": EXECUTION, "startTime": start}
    with suppress(UnreadableTaskError):
        read_due_task({"expirydate": seconds}, client_context(custom))
