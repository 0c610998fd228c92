"""No process of a function outlives the endpoint, however either of them ends."""

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

PATIENCE_SECONDS = 10
INVOCATIONS = "/2015-03-31/functions/Family/invocations"
SERVE = Path(__file__).with_name("serve.py")


@pytest.fixture
def endpoint() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - the tests' own script
        [sys.executable, SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process
        process.kill()


def connection(endpoint: subprocess.Popen[str]) -> http.client.HTTPConnection:
    assert endpoint.stdout
    return http.client.HTTPConnection(endpoint.stdout.readline().strip().removeprefix("http://"), timeout=20)


def running(pid: int) -> bool:
    """Say whether a process is there, and not just its entry in the table."""
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


def asleep_family(endpoint: subprocess.Popen[str], report: Path) -> list[int]:
    """Start an event whose handler has its family, and sleeps."""
    client = connection(endpoint)
    headers = {"X-Amz-Invocation-Type": "Event"}
    client.request("POST", INVOCATIONS, json.dumps({"report": str(report)}), headers)
    assert client.getresponse().status == 202
    client.close()
    assert eventually(report.exists)
    return [int(pid) for pid in report.read_text(encoding="ascii").split()]


def grown_family(endpoint: subprocess.Popen[str]) -> list[int]:
    """Call the function, whose handler returns and leaves its family behind."""
    client = connection(endpoint)
    client.request("POST", INVOCATIONS, "{}")
    family: list[int] = json.loads(client.getresponse().read())
    client.close()
    return family


def gone(family: list[int]) -> Callable[[], bool]:
    return lambda: not any(running(pid) for pid in family)


def test_kill_9_while_a_handler_sleeps(endpoint: subprocess.Popen[str], tmp_path: Path) -> None:
    """When the endpoint is killed, so are a handler that sleeps, its children, and its daemons."""
    family = asleep_family(endpoint, tmp_path / "family")
    assert all(running(pid) for pid in family)
    endpoint.kill()
    assert eventually(gone(family))


def test_kill_9_after_a_handler_has_returned(endpoint: subprocess.Popen[str]) -> None:
    """When the endpoint is killed, what an earlier call left behind is killed, too."""
    family = grown_family(endpoint)
    assert all(running(pid) for pid in family)
    endpoint.kill()
    assert eventually(gone(family))


def test_endpoint_that_ends_in_peace(endpoint: subprocess.Popen[str], tmp_path: Path) -> None:
    """An endpoint that is closed has killed everything before it is gone."""
    family = asleep_family(endpoint, tmp_path / "family")
    assert endpoint.stdin
    endpoint.stdin.close()
    assert endpoint.wait(PATIENCE_SECONDS) == 0
    assert gone(family)()


def test_function_that_kills_its_process(endpoint: subprocess.Popen[str], tmp_path: Path) -> None:
    """A worker that dies on its own takes with it what it has started."""
    family = asleep_family(endpoint, tmp_path / "family")
    os.kill(family[0], signal.SIGKILL)
    assert eventually(gone(family))
