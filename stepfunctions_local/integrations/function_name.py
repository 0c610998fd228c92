"""The ways to name a Lambda function: by name, by partial or full ARN, with a qualifier or without."""

import re
from dataclasses import dataclass
from urllib.parse import quote

_NAME = re.compile(
    r"""
    (?:arn:aws[a-z-]*:lambda:[^:]*:)?  # a full ARN says where the function is; the endpoint setting decides
    (?:\d{12}:)?                       # AWS wants the account in an ARN; it may be missing here
    (?:function:)?
    (?P<name>[A-Za-z0-9_-]+)
    (?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function and, where one is named, its version or alias."""

    name: str
    qualifier: str | None

    @property
    def path(self) -> str:
        """The function as the Invoke API's path names it."""
        return quote(f"{self.name}:{self.qualifier}" if self.qualifier else self.name, safe="")


def parse_function_name(text: str) -> FunctionName | None:
    """Read any form that Lambda's Invoke takes; nothing where the text is none.

    Source: "Invoke" in the Lambda API Reference, FunctionName.
    """
    match = _NAME.fullmatch(text)
    return FunctionName(match["name"], match["qualifier"]) if match else None
