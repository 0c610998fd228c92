"""An account's own quotas as they are typed: open-executions=5M."""

import click

from delay.cli.count import parse_count


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
