"""The ARN of the table whose rows are the tasks."""

import re
from dataclasses import dataclass
from typing import Final, Self

from delay.aws.arn import Arn
from delay.errors import InvalidTable

_NAME: Final = re.compile(r"table/(?P<name>[a-zA-Z0-9_.-]{3,255})")
"""Source: CreateTable in the DynamoDB API Reference."""


@dataclass(frozen=True, slots=True)
class TableArn:
    """The ARN of a table, parsed."""

    arn: str
    region: str
    name: str

    @classmethod
    def of_arn(cls, arn: str) -> Self:
        """Parse an ARN.

        Raises:
            InvalidTable: it is not the ARN of a table.

        """
        parsed = Arn.parse(arn)
        match = _NAME.fullmatch(parsed.resource) if parsed and parsed.service == "dynamodb" else None
        if parsed is None or match is None:
            raise InvalidTable(
                f"{arn!r} is not the ARN of a table: "
                "arn:aws:dynamodb:us-east-1:123456789012:table/NAME is expected."
            )
        return cls(arn, parsed.region, match["name"])
