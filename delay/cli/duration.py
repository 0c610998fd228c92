"""Lengths of time as they are typed: 90s, 30m, 2h, 7d."""

import re
from datetime import timedelta

import click

_FORM = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Duration(click.ParamType):
    """A parameter of a command that is a length of time, in whole seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a duration, or end the command with what is allowed."""
        if isinstance(value, timedelta):
            return value
        form = _FORM.fullmatch(str(value))
        if form is None:
            self.fail(f"'{value}' is no duration: write 90s, 30m, 2h or 7d, one whole number.", param, ctx)
        return timedelta(seconds=int(form[1]) * _SECONDS[form[2]])
