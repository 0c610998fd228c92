"""The types of the commands' parameters, and the options for a due time."""

import os
import re
import sys
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import click

from delay._due import LONGEST_DELAY
from delay.clock import Clock
from delay.local.endpoint import LOCAL_URL
from delay.text.duration import parse_duration
from delay.text.json_object import parse_object
from delay.text.moment import format_moment, parse_moment
from delay.text.url import parse_host, parse_url

T = TypeVar("T")

_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes of the command line that its encoding does not have. Source: PEP 383."""


def decode_text(text: str) -> str:
    """Return text of the command line as UTF-8, whatever encoding the locale names.

    Raises:
        ValueError: it is not UTF-8. The message is for a person.

    """
    if not _UNDECODED.search(text):
        return text
    try:
        return os.fsencode(text).decode()
    except UnicodeError as error:
        message = "it is not UTF-8 text: the terminal or the script uses another encoding."
        raise ValueError(message) from error


class TextType(click.ParamType, Generic[T]):
    """Base of the types: `parse` converts text; a default or an earlier result stays as it is."""

    def convert(self, value: str | T, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return the value, or end the command with the message of the ValueError that `parse` raises."""
        if not isinstance(value, str):
            return value
        try:
            return self.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    @abstractmethod
    def parse(self, text: str) -> T:
        """Return the value of the text.

        Raises:
            ValueError: it has another form; the message says which forms are allowed.

        """


class Text(TextType[str]):
    """Text in UTF-8. The commands on tasks take every text so."""

    name = "text"

    def parse(self, text: str) -> str:
        """Return the text."""
        return decode_text(text)


class Moment(TextType[datetime]):
    """An RFC 3339 time with its zone, such as 2027-06-01T00:00:00Z."""

    name = "time"

    def parse(self, text: str) -> datetime:
        """Return the time in UTC."""
        return parse_moment(text)


class Duration(TextType[timedelta]):
    """A length of time such as 90s, 30m, 2h or 7d."""

    name = "duration"

    def parse(self, text: str) -> timedelta:
        """Return the duration, in whole seconds."""
        return parse_duration(text)


_COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([kM]?)", re.ASCII)
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


def _parse_count(text: str) -> float | None:
    """Return a number that may end in k or M, or None if the text has another form."""
    form = _COUNT.fullmatch(text)
    return float(form[1]) * _FACTORS[form[2]] if form else None


class Count(TextType[float]):
    """A number of tasks, at least one, such as 10000, 10k or 1.5M."""

    name = "number"

    def parse(self, text: str) -> float:
        """Return the whole number."""
        count = _parse_count(text)
        if not count or count != int(count):
            raise ValueError(f"'{text}' is not a number of tasks: write 10000, 10k or 1.5M.")
        return count


_SECONDS_OF_UNIT = {
    **dict.fromkeys(("s", "sec", "second"), 1),
    **dict.fromkeys(("min", "minute"), 60),
    **dict.fromkeys(("h", "hour"), 3600),
    **dict.fromkeys(("d", "day"), 86_400),
    **dict.fromkeys(("w", "week"), 7 * 86_400),
    "month": 30 * 86_400,
}


class Rate(TextType[float]):
    """A rate such as 60/s, 1000/min, 2M/d or 5M/month; a month has 30 days."""

    name = "rate"

    def parse(self, text: str) -> float:
        """Return the rate per second."""
        number, _, unit = text.partition("/")
        count = _parse_count(number)
        if not count or unit not in _SECONDS_OF_UNIT:
            raise ValueError(f"'{text}' is not a rate: write 60/s, 1000/min, 2M/d or 5M/month.")
        return count / _SECONDS_OF_UNIT[unit]


_SHARE = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)%", re.ASCII)


class Share(TextType[float]):
    """A share such as 30%, at most `most`."""

    name = "share"

    def __init__(self, most: float = 1.0) -> None:
        self._most = most

    def parse(self, text: str) -> float:
        """Return the share; 100% is 1.0."""
        form = _SHARE.fullmatch(text)
        share = float(form[1]) / 100 if form else None
        if share is None or share > self._most:
            raise ValueError(f"'{text}' is not a share: write 30%, and {self._most:.0%} at most.")
        return share


_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB)", re.ASCII)
_BYTES_OF_UNIT = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}


class Size(TextType[int]):
    """A size such as 300B, 2KiB or 1MiB."""

    name = "size"

    def parse(self, text: str) -> int:
        """Return the size in bytes."""
        form = _SIZE.fullmatch(text)
        if form is None:
            raise ValueError(f"'{text}' is not a size: write 300B, 2KiB or 1MiB.")
        return round(float(form[1]) * _BYTES_OF_UNIT[form[2]])


class OwnQuota(TextType[tuple[str, float]]):
    """A quota and its value, such as open-executions=5M."""

    name = "quota"

    def parse(self, text: str) -> tuple[str, float]:
        """Return the quota's key and its value."""
        key, _, number = text.partition("=")
        count = _parse_count(number)
        if not key or not count:
            raise ValueError(f"'{text}' is not a quota with its value: write open-executions=5M.")
        return key, count


class Url(TextType[str]):
    """The URL of an endpoint, such as http://127.0.0.1:8083."""

    name = "url"

    def parse(self, text: str) -> str:
        """Return the URL without a slash at its end."""
        return parse_url(text)


class HostName(TextType[str]):
    """A host name or an IP address, such as own.example or ::1."""

    name = "host"

    def parse(self, text: str) -> str:
        """Return the name in lower case."""
        return parse_host(text)


class KeyPattern(TextType[str]):
    """A pattern for keys, such as `v2-{key}`."""

    name = "pattern"

    def parse(self, text: str) -> str:
        """Return the pattern."""
        text = decode_text(text)
        if text.count("{key}") != 1 or text == "{key}":
            raise ValueError(f"'{text}' is not a pattern for keys: write v2-{{key}} or {{key}}-v2.")
        return text


endpoint_url_option = click.option(
    "--endpoint-url",
    type=Url(),
    help=f"The endpoint, if not AWS_ENDPOINT_URL_SFN, AWS_ENDPOINT_URL or {LOCAL_URL}.",
)
local_option = click.option(
    "--local", is_flag=True, expose_value=False, help="The endpoint of delay local, as without this option."
)


class PayloadText(TextType[dict[str, Any]]):
    """A JSON object, or `@FILE`, or `-` for standard input."""

    name = "payload"

    def parse(self, text: str) -> dict[str, Any]:
        """Return the object. The name of a file stays as the system has it."""
        given = text if text.startswith("@") else decode_text(text)
        try:
            return parse_object(_read_text(given))
        except OSError as error:
            raise ValueError(f"cannot read {text[1:]}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise ValueError("it is not UTF-8 text.") from error
        except ValueError as error:
            raise ValueError(f"{error}.{_suggest_file(text)}") from error


def _suggest_file(text: str) -> str:
    return f" For the file of that name write @{text}." if _is_file(text) else ""


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _read_text(text: str) -> str:
    if text == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig")
    if text.startswith("@"):
        return Path(text[1:]).read_bytes().decode("utf-8-sig")
    return text


def due_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--in`, which the command gets as `after`, and `--at`."""
    longest = f"{LONGEST_DELAY.days}d"
    after = click.option(
        "--in",
        "after",
        type=Duration(),
        help=f"How long from now: 90s, 30m, 2h or 7d. At most {longest}, but for a table.",
    )
    at = click.option(
        "--at", type=Moment(), help="When: 2027-06-01T00:00:00Z, with the time zone (RFC 3339)."
    )
    return after(at(command))


def check_due(
    after: timedelta | None, at: datetime | None, clock: Clock, *, allow_past: bool = False
) -> None:
    """Require exactly one of `--in` and `--at`, and a time in the future unless `allow_past`.

    Raises:
        click.UsageError: neither or both are given, or the time has passed.

    """
    if (after is None) == (at is None):
        raise click.UsageError("Say when, with either --in 7d or --at 2027-06-01T00:00:00Z.")
    if at and at < clock.now() and not allow_past:
        raise click.UsageError(f"{format_moment(at)} has passed: use --in 0s to call the function at once.")
