"""`delay local` runs the whole application in one process, and leaves nothing behind."""

import json
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.acceptance.command import Running, eventually, run, running
from tests.acceptance.processes import descendants, is_running
from tests.acceptance.project import CALL, build, function, state_machine
from tests.acceptance.steps import with_boto3

FREE_PORTS = ("--port", "0", "--lambda-port", "0")
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:CallByName"
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Build a function that forks, reports its processes and sleeps, and a state machine that calls it."""
    return build(
        tmp_path, Reporting=function("careless.reporting", Timeout=600), CallByName=state_machine(CALL)
    )


@contextmanager
def local(project: Path, *options: str) -> Iterator[Running]:
    with running("delay", "local", *FREE_PORTS, *options, project=project, folder=project) as started:
        yield started


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def start_processes(local: Running, project: Path) -> set[int]:
    """Call the function, and return its processes: those it reports, and those that serve it."""
    report = project / "family"
    call = with_boto3(local.urls[0])
    text = json.dumps({"function": "Reporting", "payload": json.dumps(str(report))})
    call("start_execution", stateMachineArn=ARN, input=text)
    assert eventually(report.exists), local.err
    reported = {int(pid) for pid in report.read_text(encoding="ascii").split()}
    return reported | set(descendants(local.process.pid))


def have_ended(pids: set[int]) -> bool:
    return eventually(lambda: not any(is_running(pid) for pid in pids))


@pytest.mark.usefixtures("built")
def test_start_prints_the_addresses_and_how_to_stop(tmp_path: Path) -> None:
    """Step Functions is shown with its state machine and alias, Lambda with its function."""
    with running("delay", "local", *FREE_PORTS, folder=tmp_path) as started:
        states, machine, alias, lambdas, functions, console, ready = started.out.splitlines()
        with urlopen(console.split()[1]) as page:  # noqa: S310 - of this test's console
            assert b"No tasks yet" in page.read()
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"
    assert re.fullmatch(r"Step Functions  http://127\.0\.0\.1:\d+", states)
    assert (machine, alias) == (f"  {arn}", f"  {arn}:live")
    assert re.fullmatch(r"Lambda          http://127\.0\.0\.1:\d+", lambdas)
    assert functions == "  HelloWorldFunction ReconciliationFunction"
    assert re.fullmatch(r"Console         http://127\.0\.0\.1:\d+", console)
    assert ready == "Ready. Ctrl-C stops everything."


@pytest.mark.usefixtures("built")
def test_built_state_machine_calls_the_built_function(tmp_path: Path) -> None:
    """Nothing has to be created. The function's log appears on standard error."""
    with running("delay", "local", *FREE_PORTS, folder=tmp_path) as started:
        call = with_boto3(started.urls[0])
        (machine,) = call("list_state_machines")["stateMachines"]
        execution = call(
            "start_execution", stateMachineArn=machine["stateMachineArn"], input='{"expirydate": 0, "a": 1}'
        )
        question = {"executionArn": execution["executionArn"]}
        assert eventually(lambda: call("describe_execution", **question)["status"] == "SUCCEEDED")
        assert "REPORT RequestId:" in started.err


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_every_process(project: Path, number: signal.Signals) -> None:
    """Even while a function runs, the exit code is 0 and there is no traceback."""
    with local(project) as started:
        pids = start_processes(started, project)
        assert len(pids) >= 3
        assert started.end(number) == 0
        assert not [pid for pid in pids if is_running(pid)]
        assert "Traceback" not in started.err


@linux
def test_no_process_survives_kill_9(project: Path) -> None:
    """The sleeping handler, its forked child and their supervisor end too."""
    with local(project) as started:
        pids = start_processes(started, project)
        assert all(is_running(pid) for pid in pids)
        started.process.kill()
        assert have_ended(pids)


def test_command_under_nohup_survives_its_terminal(project: Path) -> None:
    """`nohup` ignores SIGHUP, which would end the command otherwise."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with local(project) as started:
            started.process.send_signal(signal.SIGHUP)
            assert with_boto3(started.urls[0])("list_state_machines")["stateMachines"]
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("option", ["--port", "--lambda-port", "--console-port"])
def test_taken_port_is_named_with_its_option(project: Path, option: str) -> None:
    """The message is one line, and nothing keeps running."""
    with taken_port() as port:
        ended = run("delay", "local", *FREE_PORTS, option, str(port), folder=project)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        f"Error: 127.0.0.1:{port} is taken by another process: "
        f"stop it, or choose another port with {option}.\n"
    )


def test_debug_option_adds_the_traceback(project: Path) -> None:
    """The last line is the usual message."""
    with taken_port() as port:
        ended = run("delay", "local", *FREE_PORTS, "--port", str(port), "--debug", folder=project)
    assert ended.code == 1
    assert "Traceback (most recent call last)" in ended.err
    assert f"127.0.0.1:{port} is taken" in ended.err.splitlines()[-1]
