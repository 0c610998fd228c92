"""A URL as a parameter of a command."""

import re

import click

_FORM = re.compile(r"https?://[^\s/?#]+(/\S*)?")


class Url(click.ParamType):
    """Where an endpoint listens: http://127.0.0.1:8083."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the URL, or end the command with what is allowed."""
        if not _FORM.fullmatch(value):
            self.fail(f"'{value}' is no URL that begins with http:// or https://.", param, ctx)
        return value.rstrip("/")
