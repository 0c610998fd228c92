"""Shares as they are typed: 30%."""

import re

import click

_FORM = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)%", re.ASCII)


class Share(click.ParamType):
    """A parameter of a command that is a share of a whole; 100% is 1.0, and `most` the largest allowed."""

    name = "share"

    def __init__(self, most: float = 1.0) -> None:
        self._most = most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a share, or end the command with what is allowed."""
        if isinstance(value, float):
            return value
        form = _FORM.fullmatch(str(value))
        share = float(form[1]) / 100 if form else None
        if share is None or share > self._most:
            self.fail(f"'{value}' is no share: write 30%, and {self._most:.0%} at most.", param, ctx)
        return share
