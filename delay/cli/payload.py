"""A task's payload as an argument of a command: JSON, a file, or standard input."""

import sys
from pathlib import Path
from typing import Any

import click

from delay.text.json_object import parse_object


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
            return parse_object(_text(str(value)))
        except OSError as error:
            self.fail(f"cannot read {str(value)[1:]}: {error.strerror}.", param, ctx)
        except UnicodeDecodeError:
            self.fail("it is not UTF-8 text.", param, ctx)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def _text(value: str) -> str:
    if value == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig")
    if value.startswith("@"):
        return Path(value[1:]).read_bytes().decode("utf-8-sig")
    return value
