"""The gate for everything that the command prints, and nothing in delay/cli prints past it."""

import ast
import errno
import io
import json
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete, FishComplete, ZshComplete
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

import delay.cli
from delay.__main__ import main
from delay.cli.main import delay as root
from delay.cli.output.plain_console import PlainConsole, plain_console
from delay.cli.output.printing import (
    CheckedStream,
    GuardedStream,
    OutputFailed,
    echo,
    echo_json,
    find_unguarded,
    guard_streams,
)
from delay.text.plain import plain
from tests.unit.delay.cli.hostile import HOSTILE, TEXT, find_forbidden

FOLDER = Path(delay.cli.__file__).parent
GATES = {"output/printing.py", "output/plain_console.py"}
OTHERS = [path for path in sorted(FOLDER.rglob("*.py")) if str(path.relative_to(FOLDER)) not in GATES]

PRINTERS = re.compile(
    r"print|input|breakpoint|(click\.)?(echo_via_pager|secho|prompt|confirm|progressbar)|click\.echo"
    r"|(rich\.)?print_json|rich\.print|pprint(\.pp(rint)?)?|traceback\.print_\w+|(rich\.console\.)?Console"
    r"|(sys\.)?(__)?(stdout|stderr)(__)?(\.buffer)?\.write(lines)?|os\.write"
)
"""Calls that print past the gate."""

COLOUR = re.compile(r"\x1b\[[\d;]*m")


def list_calls(path: Path) -> list[ast.Call]:
    """Return the calls in a module."""
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def list_imports(path: Path) -> set[str]:
    """Return the names that a module imports from click, rich and pprint, under their own names."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_module_prints_through_the_gate(path: Path) -> None:
    """It calls echo, echo_json or the console of plain_console; a bar is drawn on such a console."""
    calls = list_calls(path)
    past = [ast.unparse(call.func) for call in calls if PRINTERS.fullmatch(ast.unparse(call.func))]
    assert past == []
    assert not list_imports(path) & {"click.echo", "rich.print", "click.secho"}
    bars = [call for call in calls if ast.unparse(call.func) in {"Progress", "Live"}]
    assert all("console" in {keyword.arg for keyword in bar.keywords} for bar in bars)


@given(TEXT)
def test_echo_prints_one_line(text: str) -> None:
    """A line end in the text does not begin another line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        echo(text, text)
        echo(text, err=True)
    assert find_forbidden(out.getvalue() + err.getvalue()) == []
    assert (out.getvalue().count("\n"), err.getvalue().count("\n")) == (2, 1)


@given(st.dictionaries(TEXT, TEXT, max_size=3), st.sampled_from([None, 2]))
def test_json_has_no_controls_and_is_the_same_value(value: dict[str, str], indent: int | None) -> None:
    """Its escape sequences are JSON's own."""
    out = io.StringIO()
    with redirect_stdout(out):
        echo_json(value, indent=indent)
    assert find_forbidden(out.getvalue()) == []
    assert json.loads(out.getvalue()) == json.loads(json.dumps(value))


@given(TEXT, st.booleans())
def test_console_prints_no_controls(text: str, is_terminal: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Neither in lines, nor in cells of tables, nor with colours."""
    stream = io.StringIO()
    console = PlainConsole(file=stream, force_terminal=is_terminal, width=40, markup=False, emoji=False)
    table = Table("heading", text)
    table.add_row(text, Text(text, style="bold red"))
    console.print(text, style="red")
    console.print(table)
    console.print(Text(text), text)
    assert find_forbidden(COLOUR.sub("", stream.getvalue())) == []


@given(TEXT)
def test_guarded_stream_writes_no_controls(text: str) -> None:
    """Lines and tabs stay, for its text may have several lines."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    assert GuardedStream(stream).write(text) == len(text)
    stream.seek(0)
    written = stream.read()
    assert find_forbidden(written.replace("\t", "")) == []
    assert written.count("\n") == text.count("\n")


def test_guarded_stream_escapes_what_its_encoding_lacks() -> None:
    """JSON stays JSON."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    GuardedStream(stream).write('"é→🎉"')
    stream.seek(0)
    assert stream.read() == '"é\\u2192\\ud83c\\udf89"'


def test_console_escapes_what_the_encoding_lacks() -> None:
    """Rich writes past the guard that escapes controls, but not past this one."""
    raw = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    with redirect_stdout(raw):
        guard_streams()
        plain_console().print("é → 🎉")
    raw.seek(0)
    assert raw.read() == "é \\u2192 \\ud83c\\udf89\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it stands for a full disk")
def test_failed_write_is_told_from_other_errors() -> None:
    """The error has the stream's name, and the number of the system's error."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - closed below, with a full buffer
        stream = GuardedStream(full)
        stream.write("text")
        with pytest.raises(OutputFailed) as raised:
            stream.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, "/dev/full")


def test_whole_command_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages of click, and what the libraries of a command write."""
    monkeypatch.setattr(sys, "argv", ["delay", f"k{HOSTILE}"])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        with pytest.raises(SystemExit, match="2"):
            main()
        sys.stderr.write(f"a warning {HOSTILE}\n")
        click.echo(HOSTILE)
    assert "No such command" in err.getvalue()
    assert "a warning \\u0000\\u001b[2J" in err.getvalue()
    assert find_forbidden((out.getvalue() + err.getvalue()).replace("\t", "")) == []


def test_streams_are_guarded_once() -> None:
    """The stream behind a guard is found, for consoles."""
    raw = io.StringIO()
    with redirect_stdout(raw), redirect_stderr(raw):
        guard_streams()
        guard_streams()
        unguarded = find_unguarded(sys.stdout)
        assert isinstance(unguarded, CheckedStream)
        assert unguarded.stream is raw
        assert find_unguarded(raw) is raw


@pytest.mark.parametrize("shell", [BashComplete, FishComplete, ZshComplete])
def test_scripts_for_completion_have_nothing_to_escape(
    shell: type[BashComplete | FishComplete | ZshComplete],
) -> None:
    """They are printed as they are."""
    lines = shell(root, {}, "delay", "_DELAY_COMPLETE").source().split("\n")
    assert [plain(line) for line in lines] == lines
