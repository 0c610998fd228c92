"""Tags: words that the owner of a state machine puts on it. They are kept and shown, and do nothing.

Source: "Tagging in Step Functions" in the Developer Guide, and TagResource in the API Reference.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from stepfunctions_local.engine.errors import TooManyTags, ValidationException

MAX_TAGS: Final = 50

Tags: TypeAlias = Mapping[str, str]

_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*")
_OF_AWS = "aws:"


def read_tags(given: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Read a list of keys and values as a request has it; the last of several with one key holds.

    Raises:
        ValidationException: a key is missing or AWS's own, or a text has characters that tags must not have.

    """
    tags = {}
    for number, tag in enumerate(given, 1):
        where = f"tags.{number}.member"
        key, value = _text(tag.get("key"), f"{where}.key"), _text(tag.get("value") or "", f"{where}.value")
        if key.lower().startswith(_OF_AWS):
            raise ValidationException(
                f"Tag keys that start with '{_OF_AWS}' are AWS's own: '{key}' at '{where}.key'"
            )
        tags[key] = value
    return tags


def with_tags(present: Tags, given: Tags, arn: str) -> Tags:
    """Put tags beside, and in the place of, those that are there.

    Raises:
        TooManyTags: there would be more than 50.

    """
    tags = {**present, **given}
    if len(tags) > MAX_TAGS:
        raise TooManyTags(arn, f"A state machine may have {MAX_TAGS} tags, not {len(tags)}")
    return tags


def _text(value: str | None, where: str) -> str:
    if value is None:
        raise ValidationException(
            f"1 validation error detected: Value at '{where}' failed to satisfy constraint: "
            "Member must not be null"
        )
    if not _ALLOWED.fullmatch(value):
        raise ValidationException(
            f"'{value}' at '{where}' has other characters than tags may have: Unicode letters, digits, white "
            "space and _ . : / = + - @"
        )
    return value
