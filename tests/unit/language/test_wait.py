"""Wait states wait as recorded on AWS."""

from datetime import UTC, datetime, timedelta

import pytest

from stepfunctions_local.language import Failure, Json, Proceed, WaitUntil
from tests.unit.language.samples import NOW, Enter, MakeState, MakeVisit

PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "
NO_TIME = (
    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string"
)


@pytest.mark.parametrize("seconds", [0, 1, 2_147_483_647])
def test_seconds_of_the_input_are_counted_from_now(seconds: int, enter: Enter) -> None:
    """From 0 to 24,855 days are allowed."""
    decision = enter({"s": seconds}, "Wait", SecondsPath="$.s")
    assert decision == WaitUntil(NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (-1, "The SecondsPath parameter references a negative value: $.s == -1"),
        (1.5, "The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5"),
        (-1.5, "The SecondsPath parameter cannot be parsed as a long value: $.s == -1.5"),
        (2**63, f"The SecondsPath parameter cannot be parsed as a long value: $.s == {2**63}"),
        ("soon", "The SecondsPath parameter cannot be parsed as a long value: $.s == soon"),
        (True, "The SecondsPath parameter cannot be parsed as a long value: $.s == true"),
        (24_856 * 86_400, "Wait state delay is too long."),
    ],
)
def test_invalid_seconds_fail(value: Json, cause: str, enter: Enter) -> None:
    """The cause is AWS's."""
    assert enter({"s": value}, "Wait", SecondsPath="$.s") == Failure("States.Runtime", PREFIX + cause)


@pytest.mark.parametrize("field", ["SecondsPath", "TimestampPath"])
def test_a_path_to_nothing_fails(field: str, enter: Enter) -> None:
    """The cause names the path."""
    cause = f"{PREFIX}The {field} parameter does not reference an input value: $.expirydate"
    assert enter({"a": 1}, "Wait", **{field: "$.expirydate"}) == Failure("States.Runtime", cause)


def test_seconds_can_be_a_constant(enter: Enter) -> None:
    """The constant is a whole number."""
    assert enter({}, "Wait", Seconds=60) == WaitUntil(NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026-03-14T01:59:26Z", datetime(2026, 3, 14, 1, 59, 26, tzinfo=UTC)),
        ("2026-03-14T03:59:26+02:00", datetime(2026, 3, 14, 1, 59, 26, tzinfo=UTC)),
        ("2016-03-05T21:29:29.5Z", datetime(2016, 3, 5, 21, 29, 29, 500_000, tzinfo=UTC)),
        ("2016-03-05T21:29:29.243167252Z", datetime(2016, 3, 5, 21, 29, 29, 243_168, tzinfo=UTC)),
        ("0001-01-01T00:00:00+01:00", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_the_due_time_even_in_the_past(text: str, due: datetime, enter: Enter) -> None:
    """It can have any offset. A finer fraction than microseconds is rounded up."""
    assert enter({"t": text}, "Wait", TimestampPath="$.t") == WaitUntil(due)
    assert enter({}, "Wait", Timestamp=text) == WaitUntil(due)


@pytest.mark.parametrize(
    "text",
    [
        "2016-12-05T21:29:29",
        "2016-13-05T21:29:29Z",
        "2016-12-05T25:29:29Z",
        "2016-12-05 21:29:29Z",
        "2016-12-05T21:29Z",
        "2016-12-05T21:29:29+24:00",
        "\uff12016-12-05T21:29:29Z",
        "",
    ],
)
def test_an_invalid_timestamp_fails(text: str, enter: Enter) -> None:
    """The cause shows the value as it is."""
    decision = enter({"t": text}, "Wait", TimestampPath="$.t")
    assert decision == Failure("States.Runtime", f"{PREFIX}{NO_TIME}: $.t == {text}")


def test_a_timestamp_of_another_type_fails(enter: Enter) -> None:
    """The cause shows the value as JSON."""
    decision = enter({"t": {"a": 1}}, "Wait", TimestampPath="$.t")
    assert decision == Failure("States.Runtime", f'{PREFIX}{NO_TIME}: $.t == {{"a":1}}')


@pytest.mark.parametrize("days", [24_855, 24_856])
def test_a_timestamp_over_24855_days_ahead_fails(days: int, enter: Enter) -> None:
    """This many days fit into 31 bits of seconds."""
    text = (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    too_long = Failure("States.Runtime", f"{PREFIX}Wait state delay is too long.")
    expected = WaitUntil(NOW + timedelta(days=days)) if days == 24_855 else too_long
    assert enter({}, "Wait", Timestamp=text) == expected


def test_a_wait_beyond_the_end_of_time_fails(make_state: MakeState, make_visit: MakeVisit) -> None:
    """A clock that was moved far ahead leaves less room."""
    visit = make_visit({}, now=datetime.max.replace(tzinfo=UTC))
    too_long = Failure("States.Runtime", f"{PREFIX}Wait state delay is too long.")
    assert make_state("Wait", Seconds=1).enter(visit) == too_long


def test_a_timestamp_out_of_the_range_of_datetime_fails(enter: Enter) -> None:
    """A Python datetime ends with the year 9999 in UTC."""
    decision = enter({}, "Wait", Timestamp="9999-12-31T23:59:59-23:59")
    assert decision == Failure("States.Runtime", f"{PREFIX}Wait state delay is too long.")


def test_an_ended_wait_passes_on_the_same_input_object(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Its text need not be written again."""
    visit = make_visit({"s": 1})
    decision = make_state("Wait", SecondsPath="$.s", Next="A").wake(visit)
    assert decision == Proceed({"s": 1}, "A")
    assert isinstance(decision, Proceed)
    assert decision.output is visit.input


def test_a_wait_applies_its_input_path_and_its_output_path(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """InputPath comes before SecondsPath; OutputPath selects from the same data."""
    wait = make_state("Wait", InputPath="$.in", SecondsPath="$.s", OutputPath="$.out")
    visit = make_visit({"in": {"s": 5, "out": [1]}})
    assert wait.enter(visit) == WaitUntil(NOW + timedelta(seconds=5))
    assert wait.wake(visit) == Proceed([1], None)


def test_an_output_path_to_nothing_fails_when_the_wait_ends(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """Entering the state succeeds."""
    wait = make_state("Wait", Seconds=1, OutputPath="$.nope")
    assert wait.enter(make_visit({})) == WaitUntil(NOW + timedelta(seconds=1))
    cause = f"{PREFIX}Invalid path '$.nope' : No results for path: $['nope']"
    assert wait.wake(make_visit({})) == Failure("States.Runtime", cause)
