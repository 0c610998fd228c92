"""No process of a function survives the endpoint, however either ends."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere daemons are out of reach")

PATIENCE_SECONDS = 60
INVOCATIONS = "/2015-03-31/functions/Family/invocations"
SERVE = Path(__file__).with_name("serve.py")
MEMBERS = 4
"""The processes of a handler's family: itself, a child, a daemon, and a stranger."""


@pytest.fixture
def endpoint() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process
        process.kill()


def connect(endpoint: subprocess.Popen[str]) -> http.client.HTTPConnection:
    assert endpoint.stdout
    address = endpoint.stdout.readline().strip().removeprefix("http://")
    return http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)


def is_running(pid: int) -> bool:
    """Return whether a process runs. A zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def start_sleeping_family(endpoint: subprocess.Popen[str], report: Path) -> list[int]:
    """Send the function an event, and return the processes of its sleeping handler."""
    client = connect(endpoint)
    headers = {"X-Amz-Invocation-Type": "Event"}
    client.request("POST", INVOCATIONS, json.dumps({"report": str(report)}), headers)
    assert client.getresponse().status == 202
    client.close()
    assert eventually(report.exists)
    return [int(pid) for pid in report.read_text(encoding="ascii").split()]


def leave_family(endpoint: subprocess.Popen[str]) -> list[int]:
    """Call the function, and return the processes that its handler left behind."""
    client = connect(endpoint)
    client.request("POST", INVOCATIONS, "{}")
    family: list[int] = json.loads(client.getresponse().read())
    client.close()
    return family


def gone(family: list[int]) -> Callable[[], bool]:
    return lambda: not any(is_running(pid) for pid in family)


def test_kill_9_ends_a_sleeping_handler(endpoint: subprocess.Popen[str], tmp_path: Path) -> None:
    """Its children and daemons end too."""
    family = start_sleeping_family(endpoint, tmp_path / "family")
    assert [is_running(pid) for pid in family] == [True] * MEMBERS
    endpoint.kill()
    assert eventually(gone(family))


def test_kill_9_ends_processes_left_by_an_earlier_call(endpoint: subprocess.Popen[str]) -> None:
    """Their handler has returned."""
    family = leave_family(endpoint)
    assert [is_running(pid) for pid in family] == [True] * MEMBERS
    endpoint.kill()
    assert eventually(gone(family))


def test_closed_endpoint_has_ended_every_process(endpoint: subprocess.Popen[str], tmp_path: Path) -> None:
    """All are gone before the endpoint is."""
    family = start_sleeping_family(endpoint, tmp_path / "family")
    assert endpoint.stdin
    endpoint.stdin.close()
    assert endpoint.wait(PATIENCE_SECONDS) == 0
    assert gone(family)()


def test_killed_worker_takes_its_family_with_it(endpoint: subprocess.Popen[str], tmp_path: Path) -> None:
    """Nothing but the worker was killed."""
    family = start_sleeping_family(endpoint, tmp_path / "family")
    os.kill(family[0], signal.SIGKILL)
    assert eventually(gone(family))
