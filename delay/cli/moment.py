"""A moment as a parameter of a command: 2026-12-01T00:00:00Z."""

from datetime import datetime

import click

from delay.text.moment import parse_moment


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
