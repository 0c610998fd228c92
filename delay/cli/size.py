"""Sizes as they are typed: 300B, 2KiB, 1MiB."""

import re

import click

_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB)", re.ASCII)
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}


class Size(click.ParamType):
    """A parameter of a command that is a number of bytes."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a size, or end the command with what is allowed."""
        if isinstance(value, int):
            return value
        form = _FORM.fullmatch(str(value))
        if form is None:
            self.fail(f"'{value}' is no size: write 300B, 2KiB or 1MiB.", param, ctx)
        return round(float(form[1]) * _BYTES[form[2]])
