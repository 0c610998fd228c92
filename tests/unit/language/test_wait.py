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
    """From 0 to 24,855 days."""
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
def test_seconds_that_cannot_be_waited_fail(value: Json, cause: str, enter: Enter) -> None:
    """With the words of AWS."""
    assert enter({"s": value}, "Wait", SecondsPath="$.s") == Failure("States.Runtime", PREFIX + cause)


@pytest.mark.parametrize("field", ["SecondsPath", "TimestampPath"])
def test_a_path_to_nothing_fails(field: str, enter: Enter) -> None:
    """The path is named."""
    cause = f"{PREFIX}The {field} parameter does not reference an input value: $.expirydate"
    assert enter({"a": 1}, "Wait", **{field: "$.expirydate"}) == Failure("States.Runtime", cause)


def test_seconds_can_be_written_out(enter: Enter) -> None:
    """As a whole number."""
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
def test_a_timestamp_is_waited_for_even_if_it_has_passed(text: str, due: datetime, enter: Enter) -> None:
    """Any offset, any fraction; never early; a time in the past is over at once."""
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
def test_a_timestamp_that_is_none_fails(text: str, enter: Enter) -> None:
    """The value is shown as it is."""
    decision = enter({"t": text}, "Wait", TimestampPath="$.t")
    assert decision == Failure("States.Runtime", f"{PREFIX}{NO_TIME}: $.t == {text}")


def test_a_timestamp_of_another_type_fails(enter: Enter) -> None:
    """The value is shown as JSON."""
    decision = enter({"t": {"a": 1}}, "Wait", TimestampPath="$.t")
    assert decision == Failure("States.Runtime", f'{PREFIX}{NO_TIME}: $.t == {{"a":1}}')


@pytest.mark.parametrize("days", [24_855, 24_856])
def test_no_timestamp_is_more_than_24855_days_ahead(days: int, enter: Enter) -> None:
    """That is how many fit into 31 bits of seconds."""
    text = (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    too_long = Failure("States.Runtime", f"{PREFIX}Wait state delay is too long.")
    expected = WaitUntil(NOW + timedelta(days=days)) if days == 24_855 else too_long
    assert enter({}, "Wait", Timestamp=text) == expected


def test_a_wait_cannot_go_beyond_the_end_of_time(state: MakeState, visit: MakeVisit) -> None:
    """A clock that was moved far ahead leaves less room."""
    asked = visit({}, now=datetime.max.replace(tzinfo=UTC))
    too_long = Failure("States.Runtime", f"{PREFIX}Wait state delay is too long.")
    assert state("Wait", Seconds=1).enter(asked) == too_long


def test_the_end_of_time_is_too_far(enter: Enter) -> None:
    """Even where it lies outside of what a datetime can hold."""
    decision = enter({}, "Wait", Timestamp="9999-12-31T23:59:59-23:59")
    assert decision == Failure("States.Runtime", f"{PREFIX}Wait state delay is too long.")


def test_a_wait_that_is_over_hands_on_the_very_input(state: MakeState, visit: MakeVisit) -> None:
    """The same object, so that its text need not be written again."""
    asked = visit({"s": 1})
    decision = state("Wait", SecondsPath="$.s", Next="A").wake(asked)
    assert decision == Proceed({"s": 1}, "A")
    assert isinstance(decision, Proceed)
    assert decision.output is asked.input


def test_a_wait_looks_at_its_input_path_and_leaves_by_its_output_path(
    state: MakeState, visit: MakeVisit
) -> None:
    """InputPath comes before SecondsPath; OutputPath selects from the same data."""
    waiting = state("Wait", InputPath="$.in", SecondsPath="$.s", OutputPath="$.out")
    asked = visit({"in": {"s": 5, "out": [1]}})
    assert waiting.enter(asked) == WaitUntil(NOW + timedelta(seconds=5))
    assert waiting.wake(asked) == Proceed([1], None)


def test_an_output_path_to_nothing_fails_when_the_wait_is_over(state: MakeState, visit: MakeVisit) -> None:
    """Not before."""
    waiting = state("Wait", Seconds=1, OutputPath="$.nope")
    assert waiting.enter(visit({})) == WaitUntil(NOW + timedelta(seconds=1))
    cause = f"{PREFIX}Invalid path '$.nope' : No results for path: $['nope']"
    assert waiting.wake(visit({})) == Failure("States.Runtime", cause)
