"""Tags."""

import pytest

from stepfunctions_local.engine.errors import TooManyTags, ValidationException
from stepfunctions_local.engine.machines.tags import MAX_TAGS, read_tags, with_tags


def test_tags_are_read_from_keys_and_values() -> None:
    """The last of several with one key holds, and no value is an empty one."""
    given = [{"key": "team", "value": "a"}, {"key": "team", "value": "Zürich 2/3: _.=+-@"}, {"key": "x"}]
    assert read_tags(given) == {"team": "Zürich 2/3: _.=+-@", "x": ""}


@pytest.mark.parametrize(
    "tag", [{"key": "a*b"}, {"key": "a", "value": "{}"}, {"key": "AWS:a"}, {"value": "a"}]
)
def test_what_tags_must_not_be_is_refused_with_its_place(tag: dict[str, str]) -> None:
    """Other characters, the prefix of AWS's own, and no key at all."""
    with pytest.raises(ValidationException, match=r"'tags\.2\.member\.(key|value)'"):
        read_tags([{"key": "good"}, tag])


def test_a_tag_takes_the_place_of_the_one_with_its_key() -> None:
    """Others stay."""
    assert with_tags({"a": "1", "b": "2"}, {"b": "3", "c": "4"}, "arn") == {"a": "1", "b": "3", "c": "4"}


def test_fifty_tags_are_as_many_as_there_may_be() -> None:
    """A change of one of them is none more."""
    full = {f"k{number}": "" for number in range(MAX_TAGS)}
    assert len(with_tags(full, {"k0": "new"}, "arn")) == MAX_TAGS
    with pytest.raises(TooManyTags, match="50 tags, not 51: 'arn'"):
        with_tags(full, {"another": ""}, "arn")
