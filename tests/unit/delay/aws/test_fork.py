"""A server such as gunicorn with --preload: its workers are forked after the client was used."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"

PRELOADED = f"""
import os
from delay import Delay

delay = Delay({ARN!r})
assert delay.get("parent").key == "parent"
children = []
for child in range(4):
    if not (process := os.fork()):
        keys = [f"{{child}}-{{number}}" for number in range(10)]
        os._exit([delay.get(key).key for key in keys] != keys)
    children.append(process)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


class Describing(BaseHTTPRequestHandler):
    """Answers DescribeExecution, over connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer the request."""
        arn = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["executionArn"]
        name = arn.rpartition(":")[2]
        is_known = "--g" not in name
        started = {"startDate": 1_700_000_000.0, "input": '{"expirydate": 1}', "status": "RUNNING"}
        answer = (
            {"executionArn": arn, "name": name} | started if is_known else {"__type": "ExecutionDoesNotExist"}
        )
        body = json.dumps(answer).encode()
        self.send_response(200 if is_known else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Describing) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_workers_get_their_own_answers(url: str) -> None:
    """They share no connection with each other or with their parent."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL_SFN": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    command = [sys.executable, "-c", PRELOADED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.stderr) == ("[0, 0, 0, 0]\n", "")
