"""The environment variables of a worker: those that Lambda and `sam local` set, then the function's own."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import awslambdaric

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.lambdas.function import Function

DUMMY_CREDENTIALS: Final = Credentials("defaultkey", "defaultsecret", "defaulttoken")
"""The credentials that `sam local` gives functions if the caller has none."""


def build_worker_environment(
    function: Function, account: Account, runtime_api: str, credentials: Credentials
) -> dict[str, str]:
    """Build a worker's whole environment. Of the caller's own, only credentials are passed on.

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
        **_function_variables(function),
        **_account_variables(account),
        **_credential_variables(credentials),
        **function.variables,
    }


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
