"""ARNs, as far as all services write them alike."""

import re
from dataclasses import dataclass
from typing import Self

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
    r"(?P<resource>\S+)"
)


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN of a resource that belongs to an account and a Region."""

    text: str
    partition: str
    service: str
    region: str
    account: str
    resource: str
    """The type and the name, in the service's own form."""

    @classmethod
    def parse(cls, text: object) -> Self | None:
        """Parse an ARN. Return None if the text is not an ARN."""
        match = _ARN.fullmatch(text) if isinstance(text, str) else None
        return None if match is None else cls(match[0], *match.groups())
