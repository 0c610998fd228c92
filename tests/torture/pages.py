"""Web pages send requests to every listener, as browsers let them; nothing may run.

Meanwhile programs that may use the listeners do: boto3, the AWS CLI, a container, and an allowed page.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.config import Config
from rich.console import Console

from tests.torture.listeners import (
    ALLOWED_HOST,
    ALLOWED_PAGE,
    CLOCK,
    FUNCTION,
    INVOKE,
    RUNTIME,
    Listeners,
    serve_all,
)
from tests.torture.outcome import Outcome
from tests.torture.progress import progress
from tests.torture.raw import RawRequest, RawResponse, send, send_all

FORBIDDEN = 403
CLOSED = 0
HONEST_EVERY = 50
"""The requests of pages for each round of honest clients."""
CLI_FROM = 5_000
"""The AWS CLI takes seconds to start, so it is left out of small runs."""

_FORM_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
_SCRIPT_TYPES = ("application/json", "application/x-amz-json-1.0", *_FORM_TYPES)
_BROWSER = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
)
_OPERATIONS = (
    "StartExecution",
    "StopExecution",
    "CreateStateMachine",
    "DeleteStateMachine",
    "ListExecutions",
)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request of a page. A GET without an Origin may be answered, but changes nothing.

    `may_be_closed`: the connection may be closed without an answer, since a worker's port has room for few.
    """

    kind: str
    raw: RawRequest
    may_be_closed: bool
    is_refused: bool = True


@dataclass
class Browser:
    """Generates the requests that pages can make a browser send."""

    random: Random
    listeners: Listeners

    def generate(self, count: int) -> Iterator[PageRequest]:
        """Yield requests of all kinds."""
        kinds = [
            self._submit_form,
            self._fetch,
            self._ask_first,
            self._load_image,
            self._rebind,
            self._connect,
        ]
        for _ in range(count):
            yield self.random.choice(kinds)()

    def _submit_form(self) -> PageRequest:
        port, path, body = self._choose_target()
        return self._build(
            "form", port, f"POST {path}", body, ("Content-Type", self.random.choice(_FORM_TYPES))
        )

    def _fetch(self) -> PageRequest:
        port, path, body = self._choose_target()
        headers = [
            ("Content-Type", self.random.choice(_SCRIPT_TYPES)),
            ("X-Amz-Target", f"AWSStepFunctions.{self.random.choice(_OPERATIONS)}"),
            ("X-Amz-Invocation-Type", self.random.choice(("RequestResponse", "Event", "DryRun"))),
            ("Sec-Fetch-Mode", self.random.choice(("cors", "no-cors", "navigate"))),
            ("Sec-Fetch-Site", self.random.choice(("cross-site", "same-site", "same-origin", "none"))),
        ]
        method = self.random.choice(("POST", "POST", "GET", "PUT", "DELETE", "HEAD"))
        return self._build("fetch", port, f"{method} {path}", body, *self._choose_some(headers))

    def _ask_first(self) -> PageRequest:
        port, path, _ = self._choose_target()
        headers = [
            ("Access-Control-Request-Method", self.random.choice(("POST", "GET", "PUT"))),
            (
                "Access-Control-Request-Headers",
                self.random.choice(("x-amz-target", "content-type,authorization")),
            ),
            ("Access-Control-Request-Private-Network", "true"),
        ]
        return self._build("preflight", port, f"OPTIONS {path}", b"", *self._choose_some(headers))

    def _load_image(self) -> PageRequest:
        port, path, _ = self._choose_target(knows_secret=False)
        path += self.random.choice(("", "?skip_seconds=1", "?Action=StartExecution", "?Qualifier=live"))
        headers = [("Host", f"127.0.0.1:{port}"), *_BROWSER, ("Sec-Fetch-Dest", "image")]
        raw = RawRequest.build(port, f"GET {path} HTTP/1.1", headers)
        is_runtime = self._is_runtime(port)
        return PageRequest("image", raw, may_be_closed=is_runtime, is_refused=is_runtime)

    def _rebind(self) -> PageRequest:
        """Send a request of a page whose own name leads here: to the browser it is of the same origin."""
        port, path, body = self._choose_target()
        host = f"{self._make_name()}:{port}"
        origin = [("Origin", f"http://{host}")] if self.random.random() < 0.5 else []
        method = "POST" if origin else "GET"
        headers = [("Host", host), *_BROWSER, *origin, ("X-Amz-Target", "AWSStepFunctions.StartExecution")]
        raw = RawRequest.build(port, f"{method} {path} HTTP/1.1", headers, body)
        return PageRequest("rebinding", raw, self._is_runtime(port))

    def _connect(self) -> PageRequest:
        """Open a WebSocket, which needs no preflight."""
        port, path, _ = self._choose_target()
        headers = [("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw==")]
        return self._build("websocket", port, f"GET {path}", b"", *headers)

    def _build(self, kind: str, port: int, line: str, body: bytes, *headers: tuple[str, str]) -> PageRequest:
        named = [("Host", f"127.0.0.1:{port}"), *_BROWSER, ("Origin", self._choose_origin(port)), *headers]
        self.random.shuffle(named)
        return PageRequest(
            kind, RawRequest.build(port, f"{line} HTTP/1.1", named, body), self._is_runtime(port)
        )

    def _is_runtime(self, port: int) -> bool:
        return port == self.listeners.runtime_port

    def _choose_some(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [header for header in headers if self.random.random() < 0.7]

    def _choose_target(self, *, knows_secret: bool = True) -> tuple[int, str, bytes]:
        """Return a port, a path and a body that would have an effect there."""
        at, secret = self.listeners, f"/{self.listeners.runtime_secret}" if knows_secret else ""
        start = {"stateMachineArn": at.machine_arn, "name": "page", "input": '{"expirydate": 9999}'}
        return self.random.choice(
            (
                (at.states_port, "/", json.dumps(start).encode()),
                (at.states_port, "/", json.dumps({"stateMachineArn": at.machine_arn}).encode()),
                (at.states_port, CLOCK, b'{"skip_seconds": 3600}'),
                (at.lambda_port, INVOKE, b'"page"'),
                (at.runtime_port, f"{secret}{RUNTIME}/invocation/next", b""),
                (at.runtime_port, f"{secret}{RUNTIME}/invocation/1/response", b'"page"'),
                (at.runtime_port, f"{secret}{RUNTIME}/init/error", b"{}"),
            )
        )

    def _choose_origin(self, port: int) -> str:
        """Return any origin but the listener's own and the allowed one. The worst are nearly those."""
        return self.random.choice(
            (
                f"https://{self._make_name()}",
                f"http://{self._make_name()}:{port}",
                "null",
                "NULL",
                "",
                "*",
                "file://",
                f"moz-extension://{self.random.getrandbits(64):x}",
                f"https://127.0.0.1:{port}",
                f"http://127.0.0.1:{port + 1}",
                f"http://127.0.0.1:{port}/",
                f"http://127.0.0.1:{port}.{self._make_name()}",
                f"http://localhost:{port}",
                "http://127.0.0.1",
                f"{ALLOWED_PAGE}0",
                f"{ALLOWED_PAGE}/",
                f"{ALLOWED_PAGE}.{self._make_name()}",
                f"{ALLOWED_PAGE}@{self._make_name()}",
                f"{ALLOWED_PAGE} {ALLOWED_PAGE}",
                ALLOWED_PAGE.replace("http:", "https:"),
                ALLOWED_HOST,
            )
        )

    def _make_name(self) -> str:
        return f"{''.join(self.random.choices('abcxyz-', k=6))}.evil.example"


@dataclass
class Honest:
    """Clients that must be served, and what they did."""

    listeners: Listeners
    executions: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=lambda: ["first"])
    served: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    async def work(self) -> None:
        """Let every client do something."""
        await asyncio.to_thread(self._use_boto3)
        await self._use_container()
        await self._use_page()

    async def use_cli(self) -> None:
        """Let the AWS CLI list the state machines."""
        command = [str(Path(sys.executable).parent / "aws"), "stepfunctions", "list-state-machines"]
        dummies = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
        run = await asyncio.to_thread(
            subprocess.run,
            [*command, "--endpoint-url", f"http://localhost:{self.listeners.states_port}"],
            env={**os.environ, **dummies},
            capture_output=True,
            check=False,
        )
        self._note("AWS CLI", is_served=run.returncode == 0)

    def _use_boto3(self) -> None:
        name = f"boto3-{len(self.executions)}"
        states, functions = (
            self._connect("stepfunctions", self.listeners.states_port),
            self._connect("lambda", self.listeners.lambda_port),
        )
        states.start_execution(
            stateMachineArn=self.listeners.machine_arn, name=name, input='{"expirydate": 9999}'
        )
        self.executions.add(name)
        functions.invoke(FunctionName=FUNCTION, Payload=json.dumps(name))
        self.calls.append(name)
        self.served["boto3"] += 2

    def _connect(self, service: str, port: int) -> Any:
        return boto3.client(  # type: ignore[call-overload] # the name is no literal
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="dummy",
            aws_secret_access_key="dummy",
            config=Config(retries={"total_max_attempts": 1}),
        )

    async def _use_container(self) -> None:
        """Send what an SDK sends in a container: no Origin, and a name of this computer or of a service."""
        name = f"container-{len(self.executions)}"
        body = json.dumps(
            {"stateMachineArn": self.listeners.machine_arn, "name": name, "input": '{"expirydate": 9}'}
        )
        for host in ("host.docker.internal", ALLOWED_HOST, f"sync-{ALLOWED_HOST}"):
            port = self.listeners.states_port
            headers = [
                ("Host", f"{host}:{port}"),
                ("User-Agent", "aws-sdk-go-v2/1.39.6 ua/2.1 os/linux lang/go#1.25"),
                ("X-Amz-Target", "AWSStepFunctions.StartExecution"),
                ("Content-Type", "application/x-amz-json-1.0"),
            ]
            answer = await send(RawRequest.build(port, "POST / HTTP/1.1", headers, body.encode()))
            self._note("container", is_served=answer.status == 200)
        self.executions.add(name)

    async def _use_page(self) -> None:
        """Send what the allowed page sends."""
        headers = [("Host", f"localhost:{self.listeners.states_port}"), *_BROWSER, ("Origin", ALLOWED_PAGE)]
        answer = await send(RawRequest.build(self.listeners.states_port, f"GET {CLOCK} HTTP/1.1", headers))
        may_read = answer.headers.get("access-control-allow-origin") == ALLOWED_PAGE
        self._note("allowed page", is_served=answer.status == 200 and may_read)

    def _note(self, client: str, *, is_served: bool) -> None:
        self.served[client] += is_served
        if not is_served:
            self.faults.append(f"{client}: not served")


def judge(request: PageRequest, answer: RawResponse) -> str | None:
    """Return the fault of an answer to a page; None if it has none."""
    if "access-control-allow-origin" in answer.headers:
        return f"{request.raw}: the page may read the answer"
    if answer.status == CLOSED and request.may_be_closed:
        return None
    if request.is_refused and answer.status != FORBIDDEN:
        return f"{request.raw}: status {answer.status}"
    if not 400 <= answer.status < 500 and answer.status != 200:
        return f"{request.raw}: status {answer.status}"
    return None


async def torture(folder: Path, requests: int, seed: int, console: Console) -> Outcome:
    """Send requests of pages to all listeners, with honest clients beside them, and look at what ran."""
    seen, faults = Counter[str](), list[str]()
    async with serve_all(folder) as listeners:
        honest = Honest(listeners)
        with progress("Sending requests of pages", requests, console) as advance:

            async def handle(request: PageRequest) -> None:
                fault = judge(request, await send(request.raw))
                faults.extend([fault] if fault else [])
                seen[request.kind] += 1
                if seen.total() % HONEST_EVERY == 1:
                    await honest.work()
                advance(seen.total())

            await send_all(Browser(Random(seed), listeners).generate(requests), handle)
        if requests >= CLI_FROM:
            await honest.use_cli()
        faults += honest.faults + _find_effects(listeners, honest)
    figures: dict[str, object] = {"requests of pages": f"{seen.total():,}"}
    figures |= {f"  {kind}": f"{count:,}" for kind, count in sorted(seen.items())}
    figures |= {f"served meanwhile: {client}": f"{count:,}" for client, count in honest.served.items()}
    return Outcome(f"Web pages (seed {seed})", figures, faults)


def _find_effects(listeners: Listeners, honest: Honest) -> list[str]:
    """Return a fault for each effect that no honest client had."""
    found = []
    if stray := listeners.read_executions() ^ honest.executions:
        found.append(f"executions that should not exist, or should: {sorted(stray)}")
    if Counter(map(str, listeners.read_calls())) != Counter(honest.calls):
        found.append("the function was not called for the honest clients alone")
    if ahead := listeners.skips.clock.ahead:
        found.append(f"the clock was skipped by {ahead}")
    return found
