"""Rates as they are typed: 60/s, 1000/min, 5000/h, 2M/d."""

import click

from delay.cli.count import parse_count

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


class Rate(click.ParamType):
    """A parameter of a command that is a rate; it gives how many come in a second."""

    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a rate, or end the command with what is allowed."""
        if isinstance(value, float):
            return value
        number, _, unit = str(value).partition("/")
        count = parse_count(number)
        if not count or unit not in _SECONDS:
            self.fail(f"'{value}' is no rate: write 60/s, 1000/min, 5000/h or 2M/d.", param, ctx)
        return count / _SECONDS[unit]
