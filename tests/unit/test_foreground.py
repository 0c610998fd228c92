"""Log lines without secrets, and the warning of an open port."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from urllib.parse import quote

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local import __main__ as entry_points
from stepfunctions_local import commands
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.foreground import SafeFormatter, warn_of_open_port
from stepfunctions_local.integrations.wire import Wire
from stepfunctions_local.service_model import service_model

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's own example
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE/token+with=signs=="  # noqa: S105 - likewise
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": TOKEN,
}


def format_message(message: str, environment: dict[str, str] | None = None) -> str:
    record = logging.LogRecord("any", logging.DEBUG, "file", 1, message, (), None)
    return SafeFormatter("%(message)s", ENVIRONMENT if environment is None else environment).format(record)


@contextmanager
def debug_log(environment: dict[str, str]) -> Iterator[io.StringIO]:
    """Log everything, as `--debug` does."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(SafeFormatter("%(name)s %(message)s", environment))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@pytest.mark.parametrize("environment", [ENVIRONMENT, {}], ids=["known token", "unknown token"])
def test_signed_request_is_logged_without_its_session_token(environment: dict[str, str]) -> None:
    """Botocore logs the request that it signs. A token that another source gave is removed by its header."""
    wire = Wire(Credentials("AKIAIOSFODNN7EXAMPLE", SECRET, TOKEN), "us-east-1")
    operation = service_model("sqs").operation_model("SendMessage")
    with debug_log(environment) as log:
        wire.build_request(operation, {"QueueUrl": "http://x/q", "MessageBody": "b"}, "http://127.0.0.1:1")
    assert "x-amz-security-token:[removed]" in log.getvalue()
    assert TOKEN not in log.getvalue()
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize(
    "message",
    [
        f"headers={{'X-Amz-Security-Token': b'{TOKEN}', 'X-Amz-Date': 'x'}}",
        f'{{"X-Amz-Security-Token": "{TOKEN}"}}',
        f"GET /?X-Amz-Security-Token={quote(TOKEN, safe='')}&X-Amz-Date=x",
        f"x-amz-security-token:{TOKEN}\nx-amz-target:y",
    ],
)
def test_security_token_header_is_removed_in_any_notation(message: str) -> None:
    """Even if the token is a client's."""
    text = format_message(message, environment={})
    assert "EXAMPLE" not in text
    assert "[removed]" in text


def test_traceback_is_logged_without_secrets() -> None:
    """An exception's message can have them."""
    error = ValueError(f"cannot sign with {SECRET}")
    record = logging.LogRecord("any", logging.ERROR, "file", 1, "failed", (), (ValueError, error, None))
    text = SafeFormatter("%(message)s", ENVIRONMENT).format(record)
    assert "ValueError: cannot sign with [removed]" in text
    assert SECRET not in text


def test_function_environment_is_logged_without_secrets() -> None:
    """It has the caller's credentials; the rest of it is legible."""
    text = format_message(f"{ENVIRONMENT | {'GREETING': 'hi'}}")
    assert "'GREETING': 'hi'" in text
    assert SECRET not in text
    assert TOKEN not in text


def test_dummy_credentials_leave_log_lines_as_they_are() -> None:
    """`local` is the secret key of env.txt, and a word."""
    dummies = {"AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": ""}
    assert format_message("stepfunctions_local is local", dummies) == "stepfunctions_local is local"


@given(before=st.text(), token=st.text(st.characters(codec="ascii"), min_size=16), after=st.text())
def test_known_secret_never_appears(before: str, token: str, after: str) -> None:
    """Wherever it stands in a line, in whichever characters."""
    text = format_message(before + token + after, {"AWS_SESSION_TOKEN": token})
    assert token not in text.replace("[removed]", "\0")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7", "2001:db8::7"])  # noqa: S104 - not bound
def test_open_port_is_warned_of(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error: each program that reaches the port can run code."""
    warn_of_open_port(host)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"Warning: --host {host} lets other machines connect" in shown.err
    assert "can run code here" in shown.err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_not_warned_of(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No other machine reaches it."""
    warn_of_open_port(host)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["stepfunctions_local", "lambda_local"])
def test_commands_print_nothing_that_a_terminal_acts_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `delay` does: names of templates and logs of functions may hold control characters."""
    hostile = "\x1bc \x9b \u202e"

    @click.command()
    def print_hostile() -> None:
        click.echo(hostile)
        click.echo(hostile, err=True)
        sys.stderr.write(hostile)

    monkeypatch.setattr(commands, name, print_hostile)
    monkeypatch.setattr(sys, "argv", [name])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit, match="0"):
        getattr(entry_points, name)()
    escaped = r"\u001bc \u009b \u202e"
    assert out.getvalue() == f"{escaped}\n"
    assert err.getvalue() == f"{escaped}\n{escaped}"
