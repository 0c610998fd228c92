"""The options of the gate and of functions, as each command that listens parses them."""

import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from delay.cli.commands.local import local
from stepfunctions_local.commands import lambda_local, stepfunctions_local
from stepfunctions_local.gate import Gate
from stepfunctions_local.lambdas.environment import CallerSettings
from stepfunctions_local.options import common_options, function_options


@click.command()
@common_options
def show(*, gate: Gate, **_: object) -> None:
    click.echo(f"{sorted(gate.hosts)} {sorted(gate.origins)}")


def run(*arguments: str, **environment: str) -> str:
    return CliRunner().invoke(show, arguments, env=environment).output


def test_options_of_the_gate_can_be_repeated() -> None:
    """In any order, and in upper case."""
    given = [
        "--allowed-origin",
        "http://LocalHost:3000",
        "--allowed-host",
        "Endpoints",
        "--allowed-host",
        "b.c",
    ]
    assert run(*given) == "['b.c', 'endpoints'] ['http://localhost:3000']\n"
    assert run() == "[] []\n"


def test_environment_sets_several_values() -> None:
    """Blanks separate them, and options win."""
    environment = {
        "STEPFUNCTIONS_LOCAL_ALLOWED_HOSTS": "a b",
        "STEPFUNCTIONS_LOCAL_ALLOWED_ORIGINS": "http://a http://b",
    }
    assert run(**environment) == "['a', 'b'] ['http://a', 'http://b']\n"
    assert run("--allowed-host", "c", **environment) == "['c'] ['http://a', 'http://b']\n"


@pytest.mark.parametrize("value", ["", "*", "a:8083", "http://a", "a b", ".a", "a."])
def test_allowed_host_is_a_name(value: str) -> None:
    """A star, a port and a URL would never match, and are refused."""
    assert "STEPFUNCTIONS_LOCAL_ALLOWED_HOSTS" in run("--allowed-host", value)


@pytest.mark.parametrize(
    "value", ["", "*", "null", "localhost:3000", "http://a/", "http://*.a", "http://a b"]
)
def test_allowed_origin_is_an_origin(value: str) -> None:
    """Neither a star nor `null`: either would let in any page."""
    assert "STEPFUNCTIONS_LOCAL_ALLOWED_ORIGINS" in run("--allowed-origin", value)


@click.command()
@function_options
@common_options
def show_caller(*, caller: CallerSettings, **_: object) -> None:
    click.echo(repr((caller, caller.credentials.secret_key)))


def run_with_caller(*arguments: str, **environment: str) -> str:
    names = [name for name in os.environ if name.startswith("AWS_")]
    return CliRunner().invoke(show_caller, arguments, env=dict.fromkeys(names) | environment).output


def test_functions_get_dummies_and_the_endpoints_of_the_environment() -> None:
    """No credentials of the caller."""
    keys = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine"}
    expected = CallerSettings(endpoints={"AWS_ENDPOINT_URL_S3": "http://a"})
    output = run_with_caller(**keys, AWS_ENDPOINT_URL_S3="http://a")
    assert output == f"{(expected, 'defaultsecret')!r}\n"


def test_credentials_are_passed_on_request() -> None:
    """From the environment, or from a profile."""
    environment = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "hidden"}
    assert "hidden" in run_with_caller("--pass-credentials", **environment)


@pytest.mark.parametrize("profile", ["nope", None])
def test_credentials_that_do_not_exist_cannot_be_passed(profile: str | None, tmp_path: Path) -> None:
    """The message is one line."""
    nowhere = {
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    } | ({"AWS_PROFILE": profile} if profile else {})
    output = run_with_caller("--pass-credentials", **nowhere)
    assert output.startswith("Error: --pass-credentials finds no AWS credentials: ")
    assert output.count("\n") == 1


def test_files_name_variables_of_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the endpoints, and AWS's own but for endpoints, are not for functions."""
    for name in ("A", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_SQS", "AWS_ACCOUNT_ID"):
        monkeypatch.setenv(name, "restored, since the command changes the environment")
    settings, variables = tmp_path / "env.txt", tmp_path / "env.json"
    lines = ("A=1", "AWS_ACCESS_KEY_ID=x", "AWS_ENDPOINT_URL_SQS=http://q", "AWS_ACCOUNT_ID=123456789012")
    settings.write_text("\n".join(lines))
    variables.write_text(json.dumps({"F": {"A": 1, "B": True, "C": None, "D": "d"}, "Parameters": {}}))
    output = run_with_caller("--env-vars", str(variables), "--env-file", str(settings))
    expected = CallerSettings(
        endpoints={"AWS_ENDPOINT_URL_SQS": "http://q"},
        variables={"A": "1", "AWS_ENDPOINT_URL_SQS": "http://q"},
        overrides={"F": {"A": "1", "B": "true", "C": "", "D": "d"}, "Parameters": {}},
    )
    assert output == f"{(expected, 'defaultsecret')!r}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "is expected"),
        ('{"F": 1}', "is expected"),
        ('{"F": {"A": []}}', "A must be a text"),
    ],
    ids=["cut", "deep", "array", "number", "list"],
)
def test_malformed_file_of_variables_is_refused(text: str, says: str, tmp_path: Path) -> None:
    """With the reason in one line."""
    file = tmp_path / "env.json"
    file.write_text(text)
    output = run_with_caller("--env-vars", str(file))
    assert output.startswith(f"Error: Cannot read the variables in {file}: ")
    assert says in output
    assert "Cannot read the settings" in run_with_caller("--env-vars", str(tmp_path / "none"))


@pytest.mark.parametrize("command", [local, lambda_local], ids=str)
def test_each_command_with_functions_has_their_options(command: click.Command) -> None:
    """With and without Step Functions."""
    names = {name for parameter in command.params for name in parameter.opts}
    assert {"--env-vars", "--pass-credentials"} <= names


@pytest.mark.parametrize("command", [local, lambda_local, stepfunctions_local], ids=str)
def test_each_listening_command_has_the_options(command: click.Command) -> None:
    """A port is never without a gate."""
    names = {name for parameter in command.params for name in parameter.opts}
    assert {"--host", "--allowed-host", "--allowed-origin"} <= names


@pytest.mark.parametrize("command", [local, stepfunctions_local])
@pytest.mark.parametrize("given", ["option", "variable", "folder"])
def test_unusable_mock_configuration_is_refused(
    command: click.Command, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the option, the variable, the file and the place."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "MockConfigFile.json"
    path.write_text('{"MockedResponses": []}')
    arguments = ["--mock-config", str(path)] if given == "option" else []
    environment = {"SFN_MOCK_CONFIG": str(path)} if given == "variable" else {}
    ended = CliRunner().invoke(command, arguments, env=environment)
    assert ended.exit_code == 2
    assert "'--mock-config' (or SFN_MOCK_CONFIG): The mock configuration" in ended.output
    assert "MockConfigFile.json cannot be used. MockedResponses: it must be an object." in ended.output
