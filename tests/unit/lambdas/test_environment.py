"""The environment of a worker."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.lambdas.environment import CallerSettings, WorkerEnvironment
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


OWN = {
    "AWS_ENDPOINT_URL_SFN": "http://127.0.0.1:8083",
    "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:3001",
}


async def share_own() -> dict[str, str]:
    return OWN


def environment(function: Function = FUNCTION, caller: CallerSettings | None = None) -> dict[str, str]:
    account = Account(id="000000000001", region="eu-west-1")
    built = WorkerEnvironment(caller, share_own()).build(function, account, "127.0.0.1:9999")
    return asyncio.run(built)


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


def test_nothing_of_the_caller_is_passed_on_but_endpoints() -> None:
    """A handler that runs here must not act on the caller's account by accident."""
    variables = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_PROFILE": "prod",
        "HOME": "/home/me",
        "PYTHONPATH": "/mine",
        "AWS_ENDPOINT_URL": "http://all:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://tables:2",
        "AWS_ENDPOINT_URL_SFN": "http://another:3",
    }
    passed = environment(caller=CallerSettings.from_environment(variables))
    assert not {"AWS_PROFILE", "HOME", "PYTHONPATH"} & passed.keys()
    dummies = ("defaultkey", "defaultsecret", "defaulttoken")
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert tuple(passed[name] for name in names) == dummies
    assert {name: passed[name] for name in passed if name.startswith("AWS_ENDPOINT_URL")} == OWN | {
        "AWS_ENDPOINT_URL": "http://all:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://tables:2",
    }


def test_credentials_are_passed_on_request() -> None:
    """No dummy session token is added to them."""
    passed = environment(caller=CallerSettings(Credentials("key", "secret")))
    assert (passed["AWS_ACCESS_KEY_ID"], passed["AWS_SECRET_ACCESS_KEY"]) == ("key", "secret")
    assert "AWS_SESSION_TOKEN" not in passed


def test_files_of_the_caller_win_over_the_template() -> None:
    """The one by function wins over the one for all, whichever name of the function it has."""
    function = replace(FUNCTION, function_name="hello", variables=dict.fromkeys("ABCD", "template"))
    caller = CallerSettings(
        variables=dict.fromkeys("BCD", "file") | {"AWS_ENDPOINT_URL_SFN": "http://mine:1", "E": "new"},
        overrides={"Parameters": dict.fromkeys("CD", "all"), "hello": {"D": "own"}, "Other": {"A": "no"}},
    )
    passed = environment(function, caller)
    assert [passed[name] for name in "ABCDE"] == ["template", "file", "all", "own", "new"]
    assert passed["AWS_ENDPOINT_URL_SFN"] == "http://mine:1"
    by_id = replace(caller, overrides={"Hello": {"A": "own"}})
    assert environment(function, by_id)["A"] == "own"


def test_runtime_cannot_be_overridden() -> None:
    """A worker without its Runtime API would never answer."""
    caller = CallerSettings(variables={"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"})
    assert environment(caller=caller)["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9999"


async def test_worker_waits_for_the_local_endpoints() -> None:
    """An overdue task may call a function before both listen."""
    local: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
    build = WorkerEnvironment(None, local).build(FUNCTION, Account(), "127.0.0.1:9999")
    building = asyncio.create_task(build)
    await asyncio.sleep(0)
    assert not building.done()
    local.set_result(OWN)
    assert OWN.items() <= (await building).items()


async def test_cancelled_worker_leaves_the_local_endpoints_to_others() -> None:
    """They wait for the same answer."""
    local: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
    variables = WorkerEnvironment(None, local)
    first, second = (
        asyncio.create_task(variables.build(FUNCTION, Account(), "127.0.0.1:9999")) for _ in range(2)
    )
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    local.set_result(OWN)
    assert OWN.items() <= (await second).items()


def test_overrides_of_no_function_are_found() -> None:
    """A logical id that is misspelt would do nothing."""
    function = replace(FUNCTION, function_name="hello")
    names = ("Parameters", "Hello", "hello", "Nope")
    environment = WorkerEnvironment(CallerSettings(overrides={name: {} for name in names}))
    assert environment.find_unknown([function]) == ["Nope"]


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (CallerSettings(), False),
        (CallerSettings(endpoints={"AWS_ENDPOINT_URL_SQS": "http://a"}), False),
        (CallerSettings(endpoints={"AWS_ENDPOINT_URL_DYNAMODB": ""}), False),
        (CallerSettings(endpoints={"AWS_ENDPOINT_URL_DYNAMODB": "http://a"}), True),
        (CallerSettings(variables={"AWS_ENDPOINT_URL": "http://a"}), True),
        (CallerSettings(overrides={"Hello": {"AWS_ENDPOINT_URL_DYNAMODB": "http://a"}}), True),
    ],
)
def test_named_endpoint_is_known(caller: CallerSettings, expected: bool) -> None:  # noqa: FBT001 - a table
    """By whichever way it comes to the function."""
    assert WorkerEnvironment(caller).names_endpoint(FUNCTION, "DYNAMODB") is expected


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
