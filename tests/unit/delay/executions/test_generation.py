"""Keys, and the names of their generations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from delay import Generation, InvalidKey
from delay.executions.generation import MAX_GENERATION, MAX_KEY, Lineage, validate_key, validate_new_key
from delay.testing.model import service_model
from stepfunctions_local.engine.machines.name import require_valid_name

moments = st.datetimes(datetime(2016, 12, 1), datetime(2096, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
numbers = st.integers(1, MAX_GENERATION)


def is_key(text: str) -> bool:
    try:
        validate_new_key(text)
    except InvalidKey:
        return False
    return True


keys = st.text(min_size=1, max_size=MAX_KEY).filter(is_key)


@settings(deadline=None)
@given(key=keys, started=moments, number=numbers)
def test_name_encodes_key_and_generation(key: str, started: datetime, number: int) -> None:
    """Any key survives the round trip, and Step Functions accepts the name."""
    generation = Lineage(key, started).generation(number)
    assert Generation.of_name(generation.name) == generation
    assert require_valid_name(generation.name)
    assert len(generation.name) <= service_model("stepfunctions").shape_for("Name").metadata["max"]


def test_key_may_contain_the_start_of_a_suffix() -> None:
    """Only the last such part of a name counts."""
    later = Generation("order--g2-abcd", 3, "g19")
    assert is_key(later.key)
    assert Generation.of_name(later.name) == later


@settings(deadline=None)
@given(one=keys, other=keys, started=moments, a=numbers, b=numbers)
def test_names_of_different_keys_differ(one: str, other: str, started: datetime, a: int, b: int) -> None:
    """No generation of one key has the name of another key's."""
    assume(one != other)
    assert Lineage(one, started).generation(a).name != Lineage(other, started).generation(b).name


@settings(deadline=None)
@given(key=keys, started=moments, days=st.integers(1, 40_000 - 20_000), number=st.integers(2, MAX_GENERATION))
def test_reused_key_gets_new_names(key: str, started: datetime, days: int, number: int) -> None:
    """Generations of a key that was first started on another day have other names."""
    later = started + timedelta(days=days)
    assert Lineage(key, started).generation(number) != Lineage(key, later).generation(number)


@settings(deadline=None)
@given(key=st.text(min_size=1, max_size=100))
def test_every_valid_key_is_a_valid_name(key: str) -> None:
    """The rules are those of StartExecution, and some of our own."""
    if is_key(key):
        assert require_valid_name(key) == key


def test_name_of_the_first_generation_is_the_key() -> None:
    """So a task started with another SDK has a key too: its name."""
    assert Lineage("order-42", datetime(2026, 11, 24, tzinfo=UTC)).generation(1).name == "order-42"
    assert Lineage("order-42", datetime(2026, 11, 24, tzinfo=UTC)).generation(2).name == "order-42--g2-g19"


def test_arn_contains_key_and_generation() -> None:
    """A called function has the ARN from its client context."""
    generation = Generation.of_arn(
        "arn:aws:states:us-east-1:123456789012:execution:Machine:order-42--g12-g19"
    )
    assert (generation.key, generation.number) == ("order-42", 12)


@pytest.mark.parametrize(
    "name", ["order--g2", "order--g1-g19", "order--g02-g19", "--g2-g19", "order--g2-g19-x"]
)
def test_name_with_an_invalid_suffix_is_a_key(name: str) -> None:
    """Only the exact form is a suffix."""
    assert Generation.of_name(name) == Generation(name)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "1 to 70 characters, got 0"),
        ("x" * 81, "1 to 70 characters, got 81"),
        ("x" * 71, "1 to 70 characters, got 71"),
        ("order 42", "must not contain ' '"),
        ("order:42", "must not contain ':'"),
        ("order\n42", "must not contain"),
        ("order--g2-g19", "names generation 2 of the key 'order'"),
        (42, "A key is a string, got int"),
    ],
)
def test_invalid_key_is_refused(key: str, message: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(InvalidKey, match=message):
        validate_new_key(key)


def test_key_without_room_for_generations_can_be_looked_up() -> None:
    """Another SDK may have started it."""
    assert validate_key("x" * 80) == "x" * 80
