"""The AWS account and Region that the local endpoints stand in for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """An account, by its 12 digits, in one Region. The defaults are AWS's own examples."""

    id: str = "123456789012"
    region: str = "us-east-1"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"
