"""Numbers as they are typed: 10000, 10k, 1.5M."""

import re

import click

_FORM = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([kM]?)", re.ASCII)
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


def parse_count(text: str) -> float | None:
    """Read a number; None where the text is none."""
    form = _FORM.fullmatch(text)
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
