"""A key and its generations: what the execution is called that a task waits in.

The wait of an execution cannot be moved, and its name is used up. So a task that is rescheduled gets another
execution, the next generation of its key: docs/adr/0008-generations.md.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from delay.errors import InvalidKey

MAX_NAME: Final = 80
"""Characters that an execution's name may have. Source: StartExecution in the API Reference."""

MAX_GENERATION: Final = 999

_NAME = re.compile(
    r"(?P<key>.+)--g(?P<number>[2-9]|[1-9][0-9]{1,2})-(?P<origin>[0-9a-z]{3})", flags=re.DOTALL
)
MAX_KEY: Final = MAX_NAME - len("--g999-xyz")
"""Characters that a key may have, so that every generation's suffix has room in the name."""

_FORBIDDEN = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]""")
"""Source: StartExecution in the API Reference, what `name` must not contain."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SECONDS_PER_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Generation:
    """One execution of a key. The first is called as the key is.

    `origin` stands for the day on which the first one was started. It keeps the generations of a key apart
    from those that the same key had before Step Functions forgot it. Empty for the first generation.
    """

    key: str
    number: int = 1
    origin: str = ""

    @classmethod
    def of_name(cls, name: str) -> Self:
        """Read the name of an execution; one that is in no generation's form is a first generation."""
        match = _NAME.fullmatch(name)
        return cls(match["key"], int(match["number"]), match["origin"]) if match else cls(name)

    @classmethod
    def of_arn(cls, execution_arn: str) -> Self:
        """Read the ARN of an execution, such as a called function finds in its client context."""
        return cls.of_name(execution_arn.rpartition(":")[2])

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.key if self.number == 1 else f"{self.key}--g{self.number}-{self.origin}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """The generations of a key whose first one was started at this time."""

    key: str
    first_started: datetime

    def generation(self, number: int) -> Generation:
        """Return a generation."""
        return Generation(self.key) if number == 1 else Generation(self.key, number, self._origin)

    @property
    def _origin(self) -> str:
        # The start time is Step Functions' own, so that everyone reads the same day.
        day = int(self.first_started.astimezone(UTC).timestamp()) // _SECONDS_PER_DAY
        return "".join(_DIGITS[day // 36**place % 36] for place in (2, 1, 0))


def checked_new_key(key: str) -> str:
    """Return a key that a task can be scheduled with.

    Raises:
        InvalidKey: it breaks the rules for names, or leaves no room for a generation.

    """
    checked_key(key)
    if len(key) > MAX_KEY:
        raise InvalidKey(
            f"A key has at most {MAX_KEY} characters, got {len(key)}: {key!r}. Names in Step Functions have "
            f"{MAX_NAME}, and the rest is for rescheduling."
        )
    return key


def checked_key(key: str) -> str:
    """Return a key that an existing task may have, whoever started it.

    Raises:
        InvalidKey: it breaks the rules for names, or is the name of a later generation.

    """
    if not isinstance(key, str):
        raise InvalidKey(f"A key is a string, got {type(key).__name__}.")
    if not 1 <= len(key) <= MAX_NAME:
        raise InvalidKey(f"A key has 1 to {MAX_NAME} characters, got {len(key)}.")
    if forbidden := _FORBIDDEN.search(key):
        raise InvalidKey(
            f"A key must not contain {forbidden[0]!r}, got {key!r}. White space, control characters and "
            '<>{}[]?*"#%\\^|~`$&,;:/ are not allowed in names.'
        )
    generation = Generation.of_name(key)
    if generation.number != 1:
        raise InvalidKey(
            f"{key!r} names generation {generation.number} of the key {generation.key!r}: use the key itself."
        )
    return key
