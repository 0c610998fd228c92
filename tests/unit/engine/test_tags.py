"""Tags."""

import pytest

from stepfunctions_local.engine.errors import TooManyTags, ValidationException
from stepfunctions_local.engine.machines.tags import MAX_TAGS, read_tags, with_tags


def test_tags_are_parsed_from_keys_and_values() -> None:
    """The last tag of a key holds, and a missing value is empty."""
    given = [{"key": "team", "value": "a"}, {"key": "team", "value": "Zürich 2/3: _.=+-@"}, {"key": "x"}]
    assert read_tags(given) == {"team": "Zürich 2/3: _.=+-@", "x": ""}


@pytest.mark.parametrize(
    "tag", [{"key": "a*b"}, {"key": "a", "value": "{}"}, {"key": "AWS:a"}, {"value": "a"}]
)
def test_invalid_tag_is_refused_with_its_place(tag: dict[str, str]) -> None:
    """It has a forbidden character, the reserved prefix of AWS, or no key."""
    with pytest.raises(ValidationException, match=r"'tags\.2\.member\.(key|value)'"):
        read_tags([{"key": "good"}, tag])


def test_tag_replaces_the_tag_with_its_key() -> None:
    """Other tags stay."""
    assert with_tags({"a": "1", "b": "2"}, {"b": "3", "c": "4"}, "arn") == {"a": "1", "b": "3", "c": "4"}


def test_resource_has_at_most_fifty_tags() -> None:
    """A changed tag does not count twice."""
    full = {f"k{number}": "" for number in range(MAX_TAGS)}
    assert len(with_tags(full, {"k0": "new"}, "arn")) == MAX_TAGS
    with pytest.raises(TooManyTags, match="50 tags, not 51: 'arn'"):
        with_tags(full, {"another": ""}, "arn")
