"""A length of time as a parameter of a command: 90s, 30m, 2h, 7d."""

from datetime import timedelta

import click

from delay.text.duration import parse_duration


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
