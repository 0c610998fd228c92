"""A moment as a parameter of a command: 2026-12-01T00:00:00Z."""

import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from delay.clock import Clock
from delay.text.duration import parse_duration
from delay.text.json_object import parse_object
from delay.text.moment import format_moment, parse_moment

_COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([kM]?)", re.ASCII)
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


def parse_count(text: str) -> float | None:
    """Read a number; None where the text is none."""
    form = _COUNT.fullmatch(text)
    return float(form[1]) * _FACTORS[form[2]] if form else None


class Count(click.ParamType):
    """A parameter of a command that is a number of things, one at least."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number, or end the command with what is allowed."""
        if isinstance(value, float):
            return value
        count = parse_count(str(value))
        if not count or count != int(count):
            self.fail(f"'{value}' is no number of tasks: write 10000, 10k or 1.5M.", param, ctx)
        return count


class Moment(click.ParamType):
    """A parameter of a command that is an RFC 3339 time, zone included."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read a moment, or end the command with what is allowed."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Duration(click.ParamType):
    """A parameter of a command that is a length of time, in whole seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a duration, or end the command with what is allowed."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


_SHARE = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)%", re.ASCII)


class Share(click.ParamType):
    """A parameter of a command that is a share of a whole; 100% is 1.0, and `most` the largest allowed."""

    name = "share"

    def __init__(self, most: float = 1.0) -> None:
        self._most = most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a share, or end the command with what is allowed."""
        if isinstance(value, float):
            return value
        form = _SHARE.fullmatch(str(value))
        share = float(form[1]) / 100 if form else None
        if share is None or share > self._most:
            self.fail(f"'{value}' is no share: write 30%, and {self._most:.0%} at most.", param, ctx)
        return share


_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB)", re.ASCII)
_BYTES_OF_UNIT = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}


class Size(click.ParamType):
    """A parameter of a command that is a number of bytes."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a size, or end the command with what is allowed."""
        if isinstance(value, int):
            return value
        form = _SIZE.fullmatch(str(value))
        if form is None:
            self.fail(f"'{value}' is no size: write 300B, 2KiB or 1MiB.", param, ctx)
        return round(float(form[1]) * _BYTES_OF_UNIT[form[2]])


_SECONDS_OF_UNIT = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


class Rate(click.ParamType):
    """A parameter of a command that is a rate; it gives how many come in a second."""

    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a rate, or end the command with what is allowed."""
        if isinstance(value, float):
            return value
        number, _, unit = str(value).partition("/")
        count = parse_count(number)
        if not count or unit not in _SECONDS_OF_UNIT:
            self.fail(f"'{value}' is no rate: write 60/s, 1000/min, 5000/h or 2M/d.", param, ctx)
        return count / _SECONDS_OF_UNIT[unit]


class OwnQuota(click.ParamType):
    """A parameter of a command that gives a quota a value."""

    name = "quota"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Read a name and a number, or end the command with what is allowed."""
        if isinstance(value, tuple):
            return value
        key, _, number = str(value).partition("=")
        count = parse_count(number)
        if not key or not count:
            self.fail(f"'{value}' gives no quota a value: write open-executions=5M.", param, ctx)
        return key, count


_URL = re.compile(r"https?://[^\s/?#]+(/\S*)?")


class Url(click.ParamType):
    """Where an endpoint listens: http://127.0.0.1:8083."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the URL, or end the command with what is allowed."""
        if not _URL.fullmatch(value):
            self.fail(f"'{value}' is no URL that begins with http:// or https://.", param, ctx)
        return value.rstrip("/")


class PayloadText(click.ParamType):
    """A JSON object; `@FILE` reads it from a file, and `-` from standard input."""

    name = "payload"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """Read the object, or end the command with what is wrong with it."""
        if isinstance(value, dict):
            return value
        try:
            return parse_object(_read_text(str(value)))
        except OSError as error:
            self.fail(f"cannot read {str(value)[1:]}: {error.strerror}.", param, ctx)
        except UnicodeDecodeError:
            self.fail("it is not UTF-8 text.", param, ctx)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def _read_text(value: str) -> str:
    if value == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig")
    if value.startswith("@"):
        return Path(value[1:]).read_bytes().decode("utf-8-sig")
    return value


def due_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--in`, which is passed on as `after`, and `--at`."""
    after = click.option(
        "--in", "after", type=Duration(), help="How long from now: 90s, 30m, 2h or 7d; 364d at most."
    )
    at = click.option(
        "--at", type=Moment(), help="When: 2026-12-01T00:00:00Z, with the time zone (RFC 3339)."
    )
    return after(at(command))


def check_due(
    after: timedelta | None, at: datetime | None, clock: Clock, *, allow_past: bool = False
) -> None:
    """Refuse none of the two, both of them, or a moment that has passed."""
    if (after is None) == (at is None):
        raise click.UsageError("Say when, in one way: --in 7d, or --at 2026-12-01T00:00:00Z.")
    if at and at < clock.now() and not allow_past:
        raise click.UsageError(f"{format_moment(at)} has passed: --in 0s is at once.")
