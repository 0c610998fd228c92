"""What a worker finds in its environment."""

from pathlib import Path

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.lambdas.environment import DUMMY_CREDENTIALS, build_worker_environment
from stepfunctions_local.lambdas.function import Function

FUNCTION = Function(
    logical_id="Hello",
    handler="app.handler",
    runtime="python3.11",
    code=Path("/built/Hello"),
    timeout_seconds=7,
    memory_mb=256,
    variables={"GREETING": "hi", "TZ": "Europe/Berlin"},
)


def environment(function: Function = FUNCTION, caller: dict[str, str] | None = None) -> dict[str, str]:
    account = Account(id="000000000001", region="eu-west-1")
    credentials = Credentials.from_environment(caller or {}) or DUMMY_CREDENTIALS
    return build_worker_environment(function, account, "127.0.0.1:9999", credentials)


def test_sam_local_variables_are_set() -> None:
    """They are those of sam local, with the function's own settings."""
    expected = {
        "AWS_SAM_LOCAL": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "Hello",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "7",
        "AWS_LAMBDA_FUNCTION_HANDLER": "app.handler",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "aws/lambda/Hello",
        "AWS_LAMBDA_LOG_STREAM_NAME": "$LATEST",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCOUNT_ID": "000000000001",
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9999",
        "LAMBDA_TASK_ROOT": "/built/Hello",
        "_HANDLER": "app.handler",
        "LANG": "C.UTF-8",
    }
    assert expected.items() <= environment().items()


def test_own_variables_of_a_function_win() -> None:
    """A variable of the template replaces one that every function has."""
    assert environment()["GREETING"] == "hi"
    assert environment()["TZ"] == "Europe/Berlin"


def test_only_credentials_of_the_caller_are_passed_on() -> None:
    """The function sees none of its other variables."""
    passed = environment(caller={"HOME": "/home/me", "AWS_PROFILE": "prod", "PYTHONPATH": "/mine"})
    assert not {"HOME", "AWS_PROFILE", "PYTHONPATH"} & passed.keys()


def test_credentials_of_the_caller_are_passed_on() -> None:
    """No dummy session token is added to them."""
    caller = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    passed = environment(caller=caller)
    assert caller.items() <= passed.items()
    assert "AWS_SESSION_TOKEN" not in passed


def test_incomplete_credentials_are_replaced_by_dummies() -> None:
    """SDKs can then still sign."""
    dummies = {
        "AWS_ACCESS_KEY_ID": "defaultkey",
        "AWS_SECRET_ACCESS_KEY": "defaultsecret",
        "AWS_SESSION_TOKEN": "defaulttoken",
    }
    assert dummies.items() <= environment(caller={"AWS_ACCESS_KEY_ID": "key"}).items()


def test_logging_config_is_passed_to_the_runtime() -> None:
    """LoggingConfig sets the log group and the format of the log."""
    logging = {"LogFormat": "JSON", "LogGroup": "mine"}
    function = Function("Hello", "app.handler", "python3.11", Path("/built/Hello"), logging=logging)
    expected = {
        "AWS_LAMBDA_LOG_GROUP_NAME": "mine",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
    }
    assert expected.items() <= environment(function).items()


def test_credentials_are_not_shown() -> None:
    """Credentials that are printed, in a traceback say, do not show the caller's keys."""
    caller = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "secret"}
    assert "secret" not in repr(Credentials.from_environment(caller))
