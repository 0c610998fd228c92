"""The options of the gate, as each command that listens parses them."""

import click
import pytest
from click.testing import CliRunner

from delay.cli.commands.local import local
from stepfunctions_local.commands import lambda_local, stepfunctions_local
from stepfunctions_local.gate import Gate
from stepfunctions_local.options import common_options


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


@pytest.mark.parametrize("command", [local, lambda_local, stepfunctions_local], ids=str)
def test_each_listening_command_has_the_options(command: click.Command) -> None:
    """A port is never without a gate."""
    names = {name for parameter in command.params for name in parameter.opts}
    assert {"--host", "--allowed-host", "--allowed-origin"} <= names
