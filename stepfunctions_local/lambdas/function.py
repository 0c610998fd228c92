"""What a worker must know of a Lambda function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stepfunctions_local.account import Account

DEFAULT_TIMEOUT_SECONDS = 3
DEFAULT_MEMORY_MB = 128


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it was built.

    `logical_id` is its name in the template, `function_name` the one that the template gives it, if it does:
    it answers to both. `code` is the absolute folder that on AWS is /var/task, `variables` are its own
    environment variables, `logging` its LoggingConfig.
    """

    logical_id: str
    handler: str
    runtime: str
    code: Path
    function_name: str | None = None
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    memory_mb: int = DEFAULT_MEMORY_MB
    variables: Mapping[str, str] = field(default_factory=dict)
    logging: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its ARN and its environment call it."""
        return self.function_name or self.logical_id


def function_arn(account: Account, name: str, qualifier: str | None = None) -> str:
    """Return the ARN of a function, or of one of its versions or aliases."""
    return account.arn("lambda", f"function:{name}:{qualifier}" if qualifier else f"function:{name}")
