"""`delay local` passes its options on to the application, and prints addresses at the start."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from delay.cli.commands import local as module
from stepfunctions_local.application import LocalApplication

ADDRESSES = (
    "Step Functions  http://a\n"
    "  arn\n"
    "Lambda          http://b\n"
    "  F\n"
    "Console         http://127.0.0.1:PORT\n"
    "Ready. Ctrl-C stops everything.\n"
)


class Served:
    """A server in place of the application, which keeps how it was started, and says two lines."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}

    @asynccontextmanager
    async def serve(self, *_: object, **settings: Any) -> AsyncIterator[LocalApplication]:
        """Start, say something, and end."""
        self.settings = settings
        settings["say"]("building:\nfailed \x1b[2J")
        skips: Any = SimpleNamespace(clock=SimpleNamespace(ahead=timedelta()))
        yield LocalApplication("http://a", "http://b", {"M": "arn"}, ("F",), ("careful",), skips)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    served = Served()
    monkeypatch.setattr(module, "serve_application", served.serve)
    return served


def run(monkeypatch: pytest.MonkeyPatch, *options: str, **environment: str) -> Result:
    """Run the command until it would wait for Ctrl-C."""
    monkeypatch.setattr(module, "serve_until_stopped", serve_once)
    monkeypatch.setattr(module, "PORT", 0)
    return CliRunner(mix_stderr=False).invoke(module.local, options, env=environment)


def serve_once(server: Any, *, debug: bool) -> None:  # noqa: ARG001 - the signature of what it stands for
    """Start a server, and stop it."""

    async def serve() -> None:
        async with server:
            pass

    asyncio.run(serve())


def test_start_prints_warnings_and_addresses(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of several lines stays in its lines, and harmless."""
    ended = run(monkeypatch)
    assert re.sub(r"1:\d+", "1:PORT", ended.stdout) == ADDRESSES
    assert ended.stderr == "building:\nfailed \\u001b[2J\nWarning: careful\n"
    assert served.settings["builder"] is None


def test_addresses_fit_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """ARNs have a line each, and many functions several."""
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine:live"
    names = tuple(
        f"{name}Function" for name in ("HelloWorld", "Reconciliation", "TableCall", "TableSweeping")
    )
    skips: Any = SimpleNamespace(clock=SimpleNamespace(ahead=timedelta()))
    application = LocalApplication("http://a", "http://b", {"M": arn, "N": arn}, names, (), skips, "http://c")

    @asynccontextmanager
    async def serve(*_: object, **__: object) -> AsyncIterator[LocalApplication]:
        yield application

    monkeypatch.setattr(module, "serve_application", serve)
    lines = run(monkeypatch, "--in-memory").stdout.splitlines()
    assert lines[:6] == [
        "Step Functions  http://a",
        f"  {arn}",
        f"  {arn}",
        "Lambda          http://b",
        "  HelloWorldFunction ReconciliationFunction TableCallFunction",
        "  TableSweepingFunction",
    ]
    assert lines[7] == "  Rows and messages are in memory, and end with this command."
    assert max(map(len, lines)) <= 80


def test_passed_credentials_are_announced(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the end of the access key, which is not secret."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "hidden"}
    ended = run(monkeypatch, "--pass-credentials", **keys)
    assert (
        "Warning: functions get your AWS credentials (access key ...MPLE): they act on your account.\n"
    ) in ended.stderr
    assert "hidden" not in ended.output
    assert served.settings["caller"].credentials.secret_key == "hidden"  # noqa: S105 - a dummy
    assert "Warning: functions" not in run(monkeypatch, **keys).stderr


def test_watch_builds_with_the_parameters(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And is refused at once without `sam`."""
    built: list[object] = []

    def build(*arguments: object) -> str:
        built.append(arguments)
        return "builder"

    monkeypatch.setattr(module, "SamBuild", build)
    run(monkeypatch, "--watch", "--project", str(tmp_path), "--parameter-overrides", "A=1")
    assert built == [(tmp_path, {"A": "1"})]
    assert served.settings["builder"] == "builder"
    monkeypatch.undo()
    monkeypatch.setattr("stepfunctions_local.sam_build.shutil.which", lambda *_, **__: None)
    ended = CliRunner(mix_stderr=False).invoke(module.local, ["--watch"])
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: --watch needs the command sam: ")
