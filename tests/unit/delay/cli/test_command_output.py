"""No command prints a character that a terminal acts on, whatever AWS, a task or a file contains."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delay import Delay
from delay.cli import connection
from delay.cli.commands import demo
from delay.cli.main import delay as root
from delay.cli.output.plain_console import plain_console
from delay.testing import FakeSqs, FakeStepFunctions
from tests.unit.delay.cli.ended import Ended
from tests.unit.delay.cli.hostile import HOSTILE, TEXT, find_forbidden

KEY = "k\u202e\u200f\u2066"
"""A key that Step Functions allows."""


class Shop:
    """A failed task with a hostile error, a waiting one with a hostile payload, and hostile messages."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sfn = FakeStepFunctions()
        self.sqs = FakeSqs(self.sfn.clock)
        self.delay = Delay(
            self.sfn.state_machine_arn,
            self.sfn,
            clock=self.sfn.clock,
            dead_letter_queue_url=self.sqs.queue_url,
        )
        payload = {self._encodable: self._encodable}
        self.delay.schedule(payload, after=timedelta(days=1), key=KEY)
        failed = self.delay.schedule(payload, after=timedelta(days=1), key="failed")
        execution = self.sfn._executions[failed.arn]  # noqa: SLF001 - no function fails with every text
        execution._end("FAILED", self.sfn.clock.now(), error=text, cause=text)  # noqa: SLF001
        arn = json.dumps(failed.arn.removesuffix("failed") + KEY)
        self.sqs.put(f'{{"executionArn": {arn}, "error": {json.dumps(text)}, "cause": {json.dumps(text)}}}')
        self.sqs.put(json.dumps({"executionArn": text}))

    @property
    def _encodable(self) -> str:
        """The text without lone surrogates, which no payload can contain."""
        return self.text.encode(errors="ignore").decode()

    def run(self, *arguments: str) -> Ended:
        """Run a command, and check what it prints."""
        out, err = io.StringIO(), io.StringIO()
        with self._connected(), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
            root([*arguments, "--local"], prog_name="delay")
        ended = Ended(int(end.value.code or 0), out.getvalue(), err.getvalue())
        assert find_forbidden(ended.out + ended.err) == [], arguments
        return ended

    @contextmanager
    def _connected(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection, "open_delay", lambda _: self.delay)
            patch.setattr(
                connection, "open_dead_letters", lambda _, url: self.delay.dead_letters(url, self.sqs)
            )
            yield


@settings(max_examples=25, deadline=None)
@given(st.just(HOSTILE) | TEXT)
def test_commands_on_tasks_print_no_controls(text: str) -> None:
    """Neither as text nor as JSON."""
    shop = Shop(text)
    for command in ("show", "wait", "history", "redrive"):
        shop.run(command, "failed")
        shop.run(command, "failed", "--json")
    for command in ("show", "history", "cancel"):
        shop.run(command, KEY)
    for options in ((), ("--due",), ("--json",), ("--due", "--json")):
        shop.run("list", *options)
    for format_name in ("ndjson", "csv"):
        shop.run("export", "--format", format_name, "--status", "RUNNING")
        shop.run("export", "--format", format_name)


@settings(max_examples=25, deadline=None)
@given(st.just(HOSTILE) | TEXT)
def test_commands_on_messages_print_no_controls(text: str) -> None:
    """Malformed messages included."""
    shop = Shop(text)
    shop.run("redrive", "--from-queue", "--dry-run")
    shop.run("redrive", "--from-queue", "--dry-run", "--json")
    assert shop.run("redrive", "--from-queue").code == 8
    assert len(shop.run("redrive", "--from-queue", "--json").records) == 1


@settings(max_examples=25, deadline=None)
@given(st.just(HOSTILE) | TEXT)
def test_import_prints_no_controls(text: str) -> None:
    """Reasons quote lines, keys and fields."""
    shop = Shop(text)
    due = '"in": "1d", "payload": {}'
    lines = [f'{{"key": {json.dumps(text)}, {due}}}', f"{{{json.dumps(text)}: 1}}"]
    lines += [f'{{"in": {json.dumps(text)}, "payload": {{}}}}', text.encode(errors="ignore").decode()]
    with TemporaryDirectory() as folder:
        for name, header in (("tasks.ndjson", ""), ("tasks.csv", f"key,in,payload{text}\n")):
            file = Path(folder) / name
            file.write_text(header + "\n".join(lines), encoding="utf-8", errors="replace")
            for options in ((), ("--json",), ("--dry-run",)):
                shop.run("import", str(file), *options)


@settings(max_examples=25, deadline=None)
@given(TEXT)
def test_errors_of_aws_print_no_controls(text: str) -> None:
    """Their messages quote requests."""
    shop = Shop("x")
    shop.sfn.fail("describe_execution", text or "x", times=9)
    shop.sfn.fail("list_executions", text or "x", times=9)
    shop.run("show", KEY)
    shop.run("list", "--debug")


def test_json_has_the_values_as_they_are() -> None:
    """The escape sequences are JSON's own."""
    shop = Shop(HOSTILE)
    (task,) = shop.run("show", "failed", "--json").records
    assert (task["error"], task["cause"]) == (HOSTILE, HOSTILE)
    assert task["payload"] == {HOSTILE[:-1]: HOSTILE[:-1]}
    assert {task["key"] for task in shop.run("list", "--json").records} == {KEY, "failed"}
    ended = next(event for event in shop.run("history", "failed", "--json").records if event["id"] == 3)
    assert ended["executionFailedEventDetails"] == {"error": HOSTILE, "cause": HOSTILE}


def test_export_has_the_values_as_they_are() -> None:
    """CSV cannot escape a key, so such a task is left out, and the command says so."""
    shop = Shop(HOSTILE)
    (task,) = shop.run("export").records
    assert (task["key"], task["payload"]) == (KEY, {HOSTILE[:-1]: HOSTILE[:-1]})
    ended = shop.run("export", "--format", "csv")
    assert ended.out == "key,at,payload\n"
    assert "CSV cannot escape its key. Use --format ndjson." in ended.err


@given(TEXT)
def test_demo_prints_no_controls(text: str) -> None:
    """The cause of a failed task is of its function."""
    shop = Shop(text)
    task = replace(shop.delay.get("failed"), error=text, cause=text)
    out = io.StringIO()
    demo._print_result(plain_console(out), task, shop.delay.history("failed"))  # noqa: SLF001 - it needs no server
    assert find_forbidden(out.getvalue()) == []
