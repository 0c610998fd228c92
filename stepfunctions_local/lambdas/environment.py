"""The environment of a worker: what Lambda and `sam local` set, then the function's own variables."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import awslambdaric

from stepfunctions_local.lambdas.function import Function

DUMMY_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "defaultkey",
    "AWS_SECRET_ACCESS_KEY": "defaultsecret",
    "AWS_SESSION_TOKEN": "defaulttoken",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The account and Region that the endpoint plays, and the credentials that functions are given.

    `credentials` is an environment to take them from; without both keys in it functions get dummy ones.
    """

    id: str = "123456789012"
    region: str = "us-east-1"
    credentials: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def function_arn(self, name: str, qualifier: str | None = None) -> str:
        """Name a function of this account."""
        arn = f"arn:aws:lambda:{self.region}:{self.id}:function:{name}"
        return f"{arn}:{qualifier}" if qualifier else arn


def worker_environment(function: Function, account: Account, runtime_api: str) -> dict[str, str]:
    """Build all that a worker finds in its environment; nothing of the caller's but credentials.

    Source: AWS Lambda Developer Guide, "Using Lambda environment variables", and `sam local`.
    """
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(function.code),
        "LAMBDA_RUNTIME_DIR": str(Path(awslambdaric.__file__).parent),
        "_HANDLER": function.handler,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        **_of_function(function),
        **_of_account(account),
        **function.variables,
    }


def _of_function(function: Function) -> dict[str, str]:
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
        **_log_format(function.logging),
    }


def _log_format(logging: Mapping[str, str]) -> dict[str, str]:
    """Tell the runtime client to log JSON; text is what it logs without being told."""
    if logging.get("LogFormat") != "JSON":
        return {}
    level = logging.get("ApplicationLogLevel", "INFO")
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": level}


def _of_account(account: Account) -> dict[str, str]:
    return {
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_ACCOUNT_ID": account.id,
        **_credentials(account.credentials),
    }


def _credentials(caller: Mapping[str, str]) -> dict[str, str]:
    """Take the caller's whole, never mixed: a dummy token beside a real key would be refused."""
    found = {name: caller[name] for name in DUMMY_CREDENTIALS if caller.get(name)}
    complete = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= found.keys()
    return found if complete else dict(DUMMY_CREDENTIALS)
