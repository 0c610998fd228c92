"""A Lambda function, as a worker needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stepfunctions_local.account import Account

DEFAULT_TIMEOUT_SECONDS = 3
DEFAULT_MEMORY_MB = 128


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a build.

    `logical_id` is its id in the template.
    `function_name` is the name that the template gives it, if any; callers can use both.
    `code` is the absolute path of the folder that is /var/task on AWS.
    `layers` are the folders of its layers, each of which is /opt on AWS; later ones win.
    `variables` are its own environment variables.
    `logging` is its LoggingConfig.
    """

    logical_id: str
    handler: str
    runtime: str
    code: Path
    function_name: str | None = None
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    memory_mb: int = DEFAULT_MEMORY_MB
    layers: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    logging: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name in its ARN and its environment."""
        return self.function_name or self.logical_id


def function_arn(account: Account, name: str, qualifier: str | None = None) -> str:
    """Return the ARN of a function, or of one of its versions or aliases."""
    return account.arn("lambda", f"function:{name}:{qualifier}" if qualifier else f"function:{name}")
