"""How the execution behind a task is named: a key and its generations.

The due time of an execution cannot be changed, and its name cannot be reused. So a rescheduled task gets
another execution, the next generation of its key: docs/adr/0008-generations.md.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from delay.errors import InvalidKey

MAX_NAME: Final = 80
"""The longest name of an execution, in characters. Source: StartExecution in the API Reference."""

RETENTION: Final = timedelta(days=90)
"""How long an ended execution and its name are kept. Source: "Step Functions service quotas"."""

MAX_GENERATION: Final = 999

_LATER_NAME = re.compile(
    r"(?P<key>.+)--g(?P<number>[2-9]|[1-9][0-9]{1,2})-(?P<origin>[0-9a-z]{3})", flags=re.DOTALL
)
"""The name of any generation but the first."""

MAX_KEY: Final = MAX_NAME - len("--g999-xyz")
"""The longest key, in characters: it leaves room in the name for every generation's suffix."""

_FORBIDDEN = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]""")
"""The characters that a name must not contain. Source: StartExecution in the API Reference."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SECONDS_PER_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Generation:
    """One execution of a key. The first generation's name is the key itself.

    `origin` encodes the day on which the first generation was started; it is empty for the first generation.
    It distinguishes the generations of a key from those that the key had before Step Functions forgot it.
    """

    key: str
    number: int = 1
    origin: str = ""

    @classmethod
    def of_name(cls, name: str) -> Self:
        """Parse the name of an execution. A name without a generation's suffix is a first generation."""
        match = _LATER_NAME.fullmatch(name)
        return cls(match["key"], int(match["number"]), match["origin"]) if match else cls(name)

    @classmethod
    def of_arn(cls, execution_arn: str) -> Self:
        """Parse the ARN of an execution, which a called function finds in its client context."""
        return cls.of_name(execution_arn.rpartition(":")[2])

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.key if self.number == 1 else f"{self.key}--g{self.number}-{self.origin}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """All generations of a key whose first one was started at this time."""

    key: str
    first_started: datetime

    def generation(self, number: int) -> Generation:
        """Return the generation with this number, from 1."""
        return Generation(self.key) if number == 1 else Generation(self.key, number, self._origin)

    @property
    def _origin(self) -> str:
        # By Step Functions' own start time, so that every client computes the same day.
        day = int(self.first_started.astimezone(UTC).timestamp()) // _SECONDS_PER_DAY
        return "".join(_DIGITS[day // 36**place % 36] for place in (2, 1, 0))


def validate_new_key(key: str) -> str:
    """Return the key if a task can be scheduled with it.

    Raises:
        InvalidKey: it breaks the rules for names, or leaves no room for a generation's suffix.

    """
    if isinstance(key, str) and not 1 <= len(key) <= MAX_KEY:
        raise InvalidKey(
            f"A key has 1 to {MAX_KEY} characters, got {len(key)}. Names in Step Functions have up to "
            f"{MAX_NAME}, and the rest is reserved for rescheduling."
        )
    return validate_key(key)


def validate_key(key: str) -> str:
    """Return the key if an existing task may have it, even a task that another program started.

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
