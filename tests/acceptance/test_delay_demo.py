"""`delay demo` shows one delayed task from start to finish, and cleans up."""

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.acceptance.command import Ended, Running, run, running
from tests.acceptance.processes import descendants, is_running
from tests.acceptance.project import build, function, state_machine
from tests.acceptance.terminal import on_terminal

pytestmark = pytest.mark.xdist_group("demo")

FREE_PORTS = ("--port", "0", "--lambda-port", "0")


@pytest.fixture(scope="session")
def demo(built: None) -> Ended:  # noqa: ARG001 - it skips
    return run("delay", "demo", "--seconds", "1", *FREE_PORTS)


def listens(url: str) -> bool:
    """Return whether a server answers there."""
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


def test_demo_shows_the_output_of_the_function(demo: Ended) -> None:
    """The function received the whole input."""
    assert demo.code == 0, demo.err
    answer = '{"message":"hello world","received":{"expirydate":1,"a":1233333}}'
    assert f"SUCCEEDED  {answer}\n" in demo.out


def test_demo_shows_due_time_and_lateness(demo: Ended) -> None:
    """The lateness is never negative."""
    assert re.search(r"^Started with .*: due at \d\d:\d\d:\d\d\.\d{3} UTC$", demo.out, re.MULTILINE)
    assert re.search(r"^Fired \d+ ms after its due time\.$", demo.out, re.MULTILINE)


def test_demo_shows_the_history_as_a_table(demo: Ended) -> None:
    """Each event has a row, with the time since the first event."""
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
    """Numbers, times and types are whole; only the details are cut."""
    with on_terminal("delay", "demo", "--seconds", "1", *FREE_PORTS, columns=columns) as terminal:
        assert terminal.end() == 0
    table = terminal.text.partition("due time.\n")[2].partition("Stopped")[0]
    header, *rows = [line for line in table.splitlines() if line]
    assert header.split() == ["#", "after", "event", "details"]
    assert max(map(len, rows)) <= columns
    assert read_event_types(rows) == read_event_types(demo.out.splitlines())


def read_event_types(lines: list[str]) -> list[str]:
    """Return the types of events in the rows of a table."""
    return [row[1] for line in lines if (row := re.match(r"\d+ +\d+\.\d{3} s +(\w+)", line))]


def test_demo_writes_plain_text_to_a_pipe(demo: Ended) -> None:
    """The output has no escape codes, and standard error is empty."""
    assert "\x1b" not in demo.out
    assert demo.err == ""


def test_demo_closes_both_endpoints(demo: Ended) -> None:
    """Neither of the printed addresses answers."""
    urls = re.findall(r"http://\S+", demo.out)
    assert len(urls) == 2
    assert not [url for url in urls if listens(url)]
    assert demo.out.endswith("Stopped both endpoints.\n")


def end_early(demo: Running) -> list[int]:
    """Press Ctrl-C, and return the processes that the demo had."""
    pids = descendants(demo.process.pid)
    assert demo.end(signal.SIGINT) == 130
    return pids


@pytest.mark.usefixtures("built")
def test_ctrl_c_ends_a_waiting_demo(tmp_path: Path) -> None:
    """There is no traceback, and endpoints and processes are gone."""
    waiting = ("--seconds", "3600")
    with running("delay", "demo", *waiting, *FREE_PORTS, folder=tmp_path, says="Waiting until") as started:
        urls = re.findall(r"http://\S+", started.out)
        pids = end_early(started)
        assert not [url for url in urls if listens(url)]
        assert not [pid for pid in pids if is_running(pid)]
        assert started.err.strip() == "Interrupted."


def test_proxy_is_not_used_for_local_addresses(built: None) -> None:  # noqa: ARG001 - it skips
    """The demo succeeds with an unreachable proxy in the environment."""
    nowhere = "http://127.0.0.1:9"
    ended = run("delay", "demo", "--seconds", "0", *FREE_PORTS, HTTP_PROXY=nowhere, http_proxy=nowhere)
    assert ended.code == 0, ended.err


def test_failed_task_is_shown_with_the_log_of_its_function(tmp_path: Path) -> None:
    """The exit code is 1."""
    task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:F", "End": True}
    machine = state_machine({"StartAt": "Call", "States": {"Call": task}})
    build(tmp_path, F=function("careless.raising"), Machine=machine)
    ended = run("delay", "demo", "--seconds", "0", *FREE_PORTS, folder=tmp_path)
    assert ended.code == 1
    assert "ValueError: the order does not exist" in ended.err
    assert "Traceback" not in ended.err.partition("[ERROR]")[0]


def test_template_without_a_state_machine_is_refused(tmp_path: Path) -> None:
    """The message is one line."""
    ended = run("delay", "demo", *FREE_PORTS, folder=build(tmp_path))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "Error: The template has no state machine to demonstrate.\n"
