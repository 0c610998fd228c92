"""A mistake of a user is answered with the given value, the allowed ones and the next step."""

import os
import re
from pathlib import Path

import pytest

from tests.acceptance.command import run, running
from tests.acceptance.project import CALL, build, function, state_machine

pytestmark = pytest.mark.slow

FREE_PORTS = ("--port", "0", "--lambda-port", "0")
PASS = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
IMPORTED = {"Fn::ImportValue": "shared"}


@pytest.mark.parametrize("command", ["delay local", "lambda-local"])
def test_stale_build_is_served_with_a_warning(tmp_path: Path, command: str) -> None:
    """The warning names the changed file and the build command."""
    build(tmp_path, F=function("careless.echo"))
    (tmp_path / "template.yaml").write_text("Resources: {}", encoding="utf-8")
    os.utime(tmp_path / ".aws-sam/build/template.yaml", (1, 1))
    options = FREE_PORTS if command == "delay local" else FREE_PORTS[:2]
    with running(*command.split(), *options, project=tmp_path, folder=tmp_path) as started:
        warning = f"template.yaml has changed since the last build: run `sam build` in {tmp_path}."
        assert started.err == f"Warning: {warning}\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("delay nonsense", "No such command 'nonsense'"),
        ("delay local nonsense", "unexpected extra argument (nonsense)"),
        ("delay local --nonsense", "No such option: --nonsense"),
        ("delay local --port 99999", "'--port': 99999 is not in the range 0<=x<=65535"),
        ("delay local --lambda-port http", "'--lambda-port': 'http' is not a valid integer"),
        ("delay local --wait-time-scale -1", "(or WAIT_TIME_SCALE): -1.0 is not in the range 0<=x<=1000"),
        ("delay local --wait-time-scale nan", "(or WAIT_TIME_SCALE): 'nan' is not a number"),
        ("delay local --aws-account 123", "'123' is not an account's 12 digits"),
        ("delay local --aws-region nowhere", "'nowhere' is not a Region such as us-east-1"),
        ("delay local --project /nonsense", "'/nonsense' does not exist"),
        ("delay demo --seconds -1", "'--seconds': -1 is not in the range 0<=x<=31449600"),
        ("delay local --sqs-endpoint queue", "(or SQS_ENDPOINT): 'queue' is not a URL"),
        (
            "stepfunctions-local --lambda-endpoint 127.0.0.1:3001",
            "is not a URL that begins with http:// or https://",
        ),
    ],
)
def test_invalid_option_is_refused(command: str, words: str) -> None:
    """It is a usage error: the message points to the help, and nothing starts."""
    ended = run(*command.split())
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert "Try '" in ended.err


def test_setting_in_the_environment_is_validated_like_an_option() -> None:
    """The message names the variable."""
    ended = run("stepfunctions-local", WAIT_TIME_SCALE="fast")
    assert ended.code == 2
    assert "'--wait-time-scale' (or WAIT_TIME_SCALE): 'fast' is not a valid float" in ended.err


def test_missing_env_file_is_named(tmp_path: Path) -> None:
    """The message is one line."""
    ended = run("stepfunctions-local", "--env-file", "nonsense.txt", folder=tmp_path)
    assert ended.code == 1
    assert ended.err == "Error: Cannot read the settings in nonsense.txt: No such file or directory.\n"


def test_malformed_line_of_an_env_file_is_named(tmp_path: Path) -> None:
    """The message has the file and the line number, and not the line, which may hold a secret."""
    (tmp_path / "env.txt").write_text("# settings\nAWS_DEFAULT_REGION us-east-1\n", encoding="utf-8")
    ended = run("stepfunctions-local", "--env-file", "env.txt", folder=tmp_path)
    assert ended.code == 1
    assert ended.err == "Error: env.txt, line 2: the line is not NAME=value.\n"


def test_env_file_sets_account_and_region_unless_an_option_does(tmp_path: Path) -> None:
    """Both appear in ARNs."""
    settings = "AWS_ACCOUNT_ID=210987654321\nAWS_DEFAULT_REGION=eu-west-1\n"
    (tmp_path / "env.txt").write_text(settings, encoding="utf-8")
    build(tmp_path, Machine=state_machine(PASS))
    options = ("--env-file", "env.txt", "--aws-region", "eu-north-1")
    with running("delay", "local", *FREE_PORTS, *options, project=tmp_path, folder=tmp_path) as started:
        assert "arn:aws:states:eu-north-1:210987654321:stateMachine:Machine\n" in started.out


def test_state_machine_with_an_unresolvable_value_is_named(tmp_path: Path) -> None:
    """The warning has the value and the state machine, and the others run."""
    build(tmp_path, Bad=state_machine(CALL, Name=IMPORTED), Good=state_machine(PASS))
    with running("delay", "local", *FREE_PORTS, project=tmp_path, folder=tmp_path) as started:
        assert started.err.splitlines() == [
            "Warning: shared has no value here. Pass it: --parameter-overrides 'shared=VALUE'",
            "Warning: Bad cannot run here: it needs shared.",
        ]
        assert ":stateMachine:Good" in started.out


@pytest.mark.parametrize("command", ["delay local", "lambda-local"])
def test_function_with_an_unresolvable_value_is_named(tmp_path: Path, command: str) -> None:
    """The warning has the value and the function, and the others are served."""
    build(tmp_path, Bad=function("careless.echo", Timeout=IMPORTED), Good=function("careless.echo"))
    options = FREE_PORTS if command == "delay local" else FREE_PORTS[:2]
    with running(*command.split(), *options, project=tmp_path, folder=tmp_path) as started:
        assert started.err.splitlines() == [
            "Warning: shared has no value here. Pass it: --parameter-overrides 'shared=VALUE'",
            "Warning: Bad cannot be called here: it needs shared.",
        ]


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (state_machine({"StartAt": "A", "States": {}}), "Invalid State Machine Definition"),
        (state_machine(PASS, Name="a b"), "Invalid Name: 'a b'"),
        (
            state_machine(PASS, Type="EXPRESS", Logging={"Level": "DEBUG"}),
            "OFF, ALL, ERROR or FATAL is allowed",
        ),
    ],
)
def test_invalid_state_machine_is_named_and_left_out(
    tmp_path: Path, machine: dict[str, object], words: str
) -> None:
    """The warning is one line, with the reason that CreateStateMachine would return."""
    build(tmp_path, Machine=machine)
    with running("delay", "local", *FREE_PORTS, project=tmp_path, folder=tmp_path) as started:
        assert started.err.startswith("Warning: Machine cannot run here: ")
        assert words in started.err
        assert len(started.err.splitlines()) == 1


def test_command_without_arguments_prints_its_help() -> None:
    """The help has examples and lists the subcommands."""
    ended = run("delay")
    assert ended.code == 0
    assert "Examples:" in ended.out
    assert "local" in ended.out


@pytest.mark.parametrize(
    "command", ["delay", "delay local", "delay demo", "stepfunctions-local", "lambda-local"]
)
def test_help_has_examples_to_copy(command: str) -> None:
    """The examples are of the same command."""
    ended = run(*command.split(), "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "Examples:" in ended.out
    assert re.search(rf"^    (sam build && )?{command}\b", ended.out.partition("Examples:")[2], re.MULTILINE)


@pytest.mark.parametrize("command", ["delay", "stepfunctions-local", "lambda-local"])
def test_version_is_printed_with_the_name_of_the_command(command: str) -> None:
    """Each command prints its own name."""
    ended = run(command, "--version")
    assert ended.code == 0
    assert ended.out.startswith(f"{command}, version ")


def test_invalid_template_parameter_is_refused(tmp_path: Path) -> None:
    """For an unknown one, the message lists the template's parameters."""
    build(tmp_path, Machine=state_machine(PASS))
    ended = run("delay", "local", *FREE_PORTS, "--parameter-overrides", "Size=2", folder=tmp_path)
    assert (ended.code, ended.err) == (
        1,
        "Error: The template has no parameter Size. Its parameters: none.\n",
    )
    ended = run("delay", "local", *FREE_PORTS, "--parameter-overrides", "Size", folder=tmp_path)
    assert ended.code == 2
    assert "Number 1 is not NAME=VALUE." in ended.err
