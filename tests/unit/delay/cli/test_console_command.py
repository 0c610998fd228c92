"""`delay console` serves pages, prints their address and opens them."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner, Result

from delay.cli.commands import console as module
from delay.console import server
from delay.console.opener import LocalOpener
from delay.console.paced_source import PacedSource
from delay.console.settings import Settings
from delay.console.table_source import TableSource

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:Orders"
AWS = ("--state-machine-arn", ARN)


class Served:
    """A server in place of the console, which keeps what it was started with."""

    def __init__(self) -> None:
        self.opener: Any = None
        self.settings = Settings("nothing")
        self.address: tuple[str, int] = ("", 0)
        self.opened: list[str] = []

    @asynccontextmanager
    async def serve(self, opener: Any, settings: Settings, host: str, port: int) -> AsyncIterator[str]:
        """Start, and stop as Ctrl-C would."""
        self.opener, self.settings, self.address = opener, settings, (host, port)
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
        yield "http://127.0.0.1:8084"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    served = Served()
    monkeypatch.setattr(server, "serve_console", served.serve)
    monkeypatch.setattr(module, "_open_browser", served.opened.append)
    return served


def run(*options: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(module.console, options)


def test_console_serves_while_the_browser_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """BROWSER may name a command that ends with the browser."""
    opened, ended = Event(), Event()

    def open_browser(_address: str) -> None:
        opened.set()
        ended.wait(60)

    monkeypatch.setattr("webbrowser.open", open_browser)
    module._open_browser("http://127.0.0.1:8084")  # noqa: SLF001 - the rest of the command is a server
    assert opened.wait(60)
    ended.set()


def test_console_for_aws_has_a_token_in_its_address(served: Served) -> None:
    """The browser opens that address. Reads are paced."""
    ended = run(*AWS)
    assert ended.exit_code == 0, ended.stderr
    address = f"http://127.0.0.1:8084/?token={served.settings.token}"
    assert ended.stdout == f"Console  {address}\nCtrl-C stops it.\n"
    assert served.opened == [address]
    assert len(served.settings.token or "") > 30
    assert isinstance(served.opener.open(None).source, PacedSource)
    assert served.settings.target == "Orders, eu-west-1"
    assert served.address == ("127.0.0.1", 8084)


def test_console_for_this_computer_has_none(served: Served) -> None:
    """Unless others reach its address."""
    ended = run("--local", "--no-open", "--read-only", "--allowed-host", "Own.example")
    assert ended.stdout == "Console  http://127.0.0.1:8084\nCtrl-C stops it.\n"
    assert served.opened == []
    assert isinstance(served.opener, LocalOpener)
    assert served.settings == Settings(
        "this computer", is_read_only=True, hosts=frozenset({"own.example", "127.0.0.1"})
    )
    run("--local", "--no-open", "--host", "0.0.0.0")  # noqa: S104 - nothing listens
    assert served.settings.token


def test_console_shows_a_table(served: Served) -> None:
    """At its own pace, since no quota limits the reading of rows."""
    ended = run("--table-arn", "arn:aws:dynamodb:eu-west-1:123456789012:table/Tasks", "--no-open")
    assert ended.exit_code == 0, ended.stderr
    assert served.settings.target == "table/Tasks, eu-west-1"
    assert served.opener.open(None).name == "Tasks"
    assert isinstance(served.opener.open(None).source, TableSource)
    assert served.settings.token


@pytest.mark.parametrize(
    ("options", "has_table"),
    [((), True), (("--endpoint-url", "http://127.0.0.1:9"), False)],
)
def test_table_beside_a_named_endpoint_may_be_of_another_program(
    served: Served, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], *, has_table: bool
) -> None:
    """So it is shown only if a variable names it too."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    run("--local", "--no-open", *options)
    assert (served.opener.table is not None) == has_table
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    run("--local", "--no-open", *options)
    assert served.opener.table is not None


@pytest.mark.parametrize("option", ["--host", "--allowed-host"])
@pytest.mark.parametrize("name", ["", "own.example:8084", "*.example", "http://own.example", "a b"])
def test_name_that_is_no_host_is_refused(served: Served, option: str, name: str) -> None:
    """An empty host would listen on all addresses, and the others would allow no request."""
    ended = run("--local", "--no-open", option, name)
    assert ended.exit_code == 2
    assert "neither a host name nor an IP address" in ended.stderr
    assert served.address == ("", 0)


def test_host_names_are_taken_as_requests_have_them(served: Served) -> None:
    """In lower case, and without the dot of a full name and the brackets of an IPv6 address."""
    run("--local", "--no-open", "--host", "[::1]", "--allowed-host", "Own.Example.")
    assert served.address == ("::1", 8084)
    assert served.settings.hosts == {"::1", "own.example"}


def test_taken_port_is_reported() -> None:
    """With the option that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = run("--local", "--no-open", "--port", str(listener.getsockname()[1]))
    assert ended.exit_code == 1
    assert "is taken by another process: stop it, or choose another port with --port." in ended.stderr


def test_address_that_is_not_of_this_computer_is_reported() -> None:
    """In one line."""
    ended = run("--local", "--no-open", "--host", "192.0.2.1", "--port", "0")
    assert "Cannot listen on 192.0.2.1" in ended.stderr
