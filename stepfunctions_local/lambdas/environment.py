"""The environment variables of a worker: those that Lambda and `sam local` set, then the function's own.

Functions get the local endpoints and dummy credentials: no call of theirs reaches AWS by accident.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import awslambdaric

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.lambdas.command import build_module_path
from stepfunctions_local.lambdas.function import Function

DUMMY_CREDENTIALS: Final = Credentials("defaultkey", "defaultsecret", "defaulttoken")
"""The credentials that `sam local` gives functions if the caller has none."""

ENDPOINT_PREFIX: Final = "AWS_ENDPOINT_URL"
"""With it begin the variables that name the endpoints of AWS's services to SDKs."""

FOR_ALL: Final = "Parameters"
"""The member for all functions in a file of `sam local invoke --env-vars`."""


@dataclass(frozen=True, slots=True)
class CallerSettings:
    """The settings that functions get from the caller of an endpoint.

    `credentials` are dummies, unless the caller passes its own on.
    `endpoints` are variables such as AWS_ENDPOINT_URL_DYNAMODB.
    `variables` are for all functions, and win over those of the template.
    `overrides` are by a function's logical id or name, or under FOR_ALL, and win over everything.
    """

    credentials: Credentials = DUMMY_CREDENTIALS
    endpoints: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the endpoints that an environment names, and nothing else of it."""
        return cls(endpoints={name: value for name, value in environment.items() if is_endpoint(name)})

    def find_overrides(self, function: Function) -> dict[str, str]:
        """Return the overrides of a function."""
        names = (FOR_ALL, function.name, function.logical_id)
        return {name: value for key in names for name, value in self.overrides.get(key, {}).items()}


class WorkerEnvironment:
    """Builds the environments of workers.

    `local` resolves to the variables that name the local endpoints. Workers wait for it, because an overdue
    task may call a function before both endpoints listen.
    """

    def __init__(
        self, caller: CallerSettings | None = None, local: Awaitable[Mapping[str, str]] | None = None
    ) -> None:
        self._caller = caller or CallerSettings()
        self._local = local

    async def build(self, function: Function, account: Account, runtime_api: str) -> dict[str, str]:
        """Build a worker's whole environment.

        Source: AWS Lambda Developer Guide, "Using Lambda environment variables", and `sam local`.
        """
        # Shielded, since other workers wait for it, too: a call that is cancelled must not cancel it.
        local = {} if self._local is None else await asyncio.shield(self._local)
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(function.code),
            "LAMBDA_RUNTIME_DIR": str(Path(awslambdaric.__file__).parent),
            "_HANDLER": function.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            **build_module_path(function),
            **_function_variables(function),
            **_account_variables(account),
            **_credential_variables(self._caller.credentials),
            **self._caller.endpoints,
            **local,
            **self.choose_variables(function),
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
        }

    def choose_variables(self, function: Function) -> dict[str, str]:
        """Return the function's own variables, as the caller has them."""
        return {
            **function.variables,
            **self._caller.variables,
            **self._caller.find_overrides(function),
        }

    def find_unknown(self, functions: Collection[Function]) -> list[str]:
        """Return the names in the overrides that none of the functions has."""
        known = {FOR_ALL} | {name for function in functions for name in (function.name, function.logical_id)}
        return sorted(self._caller.overrides.keys() - known)

    def names_endpoint(self, function: Function, service: str) -> bool:
        """Whether a function gets an endpoint for a service, by its name in AWS_ENDPOINT_URL_DYNAMODB."""
        variables = {**self._caller.endpoints, **self.choose_variables(function)}
        return any(variables.get(name) for name in (ENDPOINT_PREFIX, f"{ENDPOINT_PREFIX}_{service}"))


def is_endpoint(variable: str) -> bool:
    """Whether a variable names the endpoint of one or all services to SDKs."""
    return variable == ENDPOINT_PREFIX or variable.startswith(f"{ENDPOINT_PREFIX}_")


def _function_variables(function: Function) -> dict[str, str]:
    return {
        "AWS_SAM_LOCAL": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_seconds),
        "AWS_LAMBDA_FUNCTION_HANDLER": function.handler,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logging.get("LogGroup", f"aws/lambda/{function.name}"),
        "AWS_LAMBDA_LOG_STREAM_NAME": "$LATEST",
        **_log_format_variables(function.logging),
    }


def _log_format_variables(logging: Mapping[str, str]) -> dict[str, str]:
    """Make the runtime client log JSON; without these variables it logs text."""
    if logging.get("LogFormat") != "JSON":
        return {}
    level = logging.get("ApplicationLogLevel", "INFO")
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": level}


def _account_variables(account: Account) -> dict[str, str]:
    return {
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_ACCOUNT_ID": account.id,
    }


def _credential_variables(credentials: Credentials) -> dict[str, str]:
    keys = {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
    }
    return keys | ({"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {})
