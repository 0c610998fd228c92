"""A built SAM application on this machine: both endpoints, its functions and its state machines."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from stepfunctions_local.endpoints.lambda_endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.lambdas.environment import Account
from stepfunctions_local.server import serve_states


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the endpoints listen; port 0 takes a free one."""

    host: str = "127.0.0.1"
    states_port: int = 8083
    lambda_port: int = 3001


@dataclass(frozen=True, slots=True)
class LocalApplication:
    """A running application: where its endpoints are, and what they serve."""

    states_url: str
    lambda_url: str
    state_machine_arns: tuple[str, ...]
    function_names: tuple[str, ...]
    warning: str | None
