"""`delay demo` shows one delayed task from beginning to end, and cleans up after itself."""

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, Running, run, running
from tests.acceptance.processes import descendants, is_running
from tests.acceptance.project import build, function, state_machine
from tests.acceptance.terminal import on_terminal

FREE_PORTS = ("--port", "0", "--lambda-port", "0")


@pytest.fixture(scope="session")
def demo(built: None) -> Ended:  # noqa: ARG001 - it skips
    return run("delay", "demo", "--seconds", "1", *FREE_PORTS)


def listens(url: str) -> bool:
    """Say whether somebody answers there."""
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


def test_it_shows_what_the_function_answered(demo: Ended) -> None:
    """The function got the whole input."""
    assert demo.code == 0, demo.err
    answer = '{"message":"hello world","received":{"expirydate":1,"a":1233333}}'
    assert f"SUCCEEDED  {answer}\n" in demo.out


def test_it_tells_when_the_task_was_due_and_how_late_it_fired(demo: Ended) -> None:
    """The lateness is never negative."""
    assert re.search(r"^Started with .*: due at \d\d:\d\d:\d\d\.\d{3} UTC$", demo.out, re.MULTILINE)
    assert re.search(r"^Fired \d+ ms after its due time\.$", demo.out, re.MULTILINE)


def test_it_shows_the_history_as_a_table(demo: Ended) -> None:
    """One row an event, with the time since the first."""
    header, *rows = demo.out.partition("due time.\n")[2].splitlines()
    assert header.split() == ["#", "after", "event", "details"]
    found = [re.match(r"(\d) +\d+\.\d{3} s +(\w+)", row) for row in rows[:-1]]
    events = [row.groups() for row in found if row]
    assert len(events) == len(rows) - 1
    assert events[0] == ("1", "ExecutionStarted")
    assert events[-1] == (str(len(events)), "ExecutionSucceeded")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("columns", [60, 80])
def test_narrow_terminal_shows_every_event(demo: Ended, columns: int) -> None:
    """Their numbers, times and types are whole; only the details are cut."""
    with on_terminal("delay", "demo", "--seconds", "1", *FREE_PORTS, columns=columns) as terminal:
        assert terminal.end() == 0
    table = terminal.text.partition("due time.\n")[2].partition("Stopped")[0]
    header, *rows = [line for line in table.splitlines() if line]
    assert header.split() == ["#", "after", "event", "details"]
    assert max(map(len, rows)) <= columns
    assert event_types(rows) == event_types(demo.out.splitlines())


def event_types(lines: list[str]) -> list[str]:
    """Find the types of events in the rows of a table."""
    return [row[1] for line in lines if (row := re.match(r"\d+ +\d+\.\d{3} s +(\w+)", line))]


def test_in_a_pipe_it_writes_plain_text(demo: Ended) -> None:
    """No escape codes, and nothing on standard error."""
    assert "\x1b" not in demo.out
    assert demo.err == ""


def test_afterwards_nobody_listens(demo: Ended) -> None:
    """At neither of the two addresses that it named."""
    urls = re.findall(r"http://\S+", demo.out)
    assert len(urls) == 2
    assert not [url for url in urls if listens(url)]
    assert demo.out.endswith("Stopped both endpoints.\n")


def end_early(demo: Running) -> list[int]:
    """Press Ctrl-C; give the processes that it had."""
    pids = descendants(demo.process.pid)
    assert demo.end(signal.SIGINT) == 1
    return pids


@pytest.mark.usefixtures("built")
def test_ctrl_c_ends_it_while_it_waits(tmp_path: Path) -> None:
    """Without a traceback, and nothing goes on listening."""
    with running("delay", "demo", *FREE_PORTS, folder=tmp_path, says="Waiting until") as started:
        urls = re.findall(r"http://\S+", started.out)
        pids = end_early(started)
        assert not [url for url in urls if listens(url)]
        assert not [pid for pid in pids if is_running(pid)]
        assert started.err.strip() == "Aborted!"


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(built: None) -> None:  # noqa: ARG001 - it skips
    """Nor is the developer's own account."""
    nowhere = "http://127.0.0.1:9"
    ended = run("delay", "demo", "--seconds", "0", *FREE_PORTS, HTTP_PROXY=nowhere, http_proxy=nowhere)
    assert ended.code == 0, ended.err


def test_a_task_that_fails_is_told_with_what_its_function_printed(tmp_path: Path) -> None:
    """And the exit code says so, too."""
    task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:F", "End": True}
    machine = state_machine({"StartAt": "Call", "States": {"Call": task}})
    build(tmp_path, F=function("careless.raising"), Machine=machine)
    ended = run("delay", "demo", "--seconds", "0", *FREE_PORTS, folder=tmp_path)
    assert ended.code == 1
    assert "ValueError: the order does not exist" in ended.err
    assert "Traceback" not in ended.err.partition("[ERROR]")[0]


def test_a_template_without_a_state_machine_has_nothing_to_show(tmp_path: Path) -> None:
    """In one line."""
    ended = run("delay", "demo", *FREE_PORTS, folder=build(tmp_path))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "Error: The template has no state machine to demonstrate.\n"
