"""Tags of state machines and activities. They are kept and shown, and have no effect.

Source: "Tagging in Step Functions" in the Developer Guide, and TagResource in the API Reference.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from stepfunctions_local.engine.errors import TooManyTags, ValidationException

MAX_TAGS: Final = 50
"""The most tags a state machine or an activity may have."""

Tags: TypeAlias = Mapping[str, str]

_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*")
_AWS_PREFIX = "aws:"


def read_tags(given: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Read the tags of a request. Of several with the same key the last one counts.

    Raises:
        ValidationException: a key is missing or reserved for AWS, or a text has forbidden characters.

    """
    tags = {}
    for number, tag in enumerate(given, 1):
        where = f"tags.{number}.member"
        key, value = (
            _require_text(tag.get("key"), f"{where}.key"),
            _require_text(tag.get("value") or "", f"{where}.value"),
        )
        if key.lower().startswith(_AWS_PREFIX):
            raise ValidationException(
                f"Tag keys that start with '{_AWS_PREFIX}' are reserved for AWS: '{key}' at '{where}.key'"
            )
        tags[key] = value
    return tags


def with_tags(present: Tags, given: Tags, arn: str) -> Tags:
    """Return the present tags with the given ones, which replace those of the same key.

    Raises:
        TooManyTags: there would be more than MAX_TAGS.

    """
    tags = {**present, **given}
    if len(tags) > MAX_TAGS:
        raise TooManyTags(arn, f"A resource may have {MAX_TAGS} tags, not {len(tags)}")
    return tags


def _require_text(value: str | None, where: str) -> str:
    if value is None:
        raise ValidationException(
            f"1 validation error detected: Value at '{where}' failed to satisfy constraint: "
            "Member must not be null"
        )
    if not _ALLOWED.fullmatch(value):
        raise ValidationException(
            f"'{value}' at '{where}' has characters that are not allowed in tags. Allowed are Unicode "
            "letters, digits, white space and _ . : / = + - @"
        )
    return value
