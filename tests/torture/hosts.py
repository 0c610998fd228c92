"""Generated hosts in requests to every listener: only those that docs/reference/security.md names are served.

Each host is built with the knowledge of whether it may pass, so this does not repeat the gate's own rules.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.console import Console

from tests.torture.listeners import ALLOWED_HOST, CLOCK, INVOKE, Listeners, serve_all
from tests.torture.outcome import Outcome
from tests.torture.progress import progress
from tests.torture.raw import RawRequest, RawResponse, send, send_all

REFUSALS = {400, 403}
CLOSED = 0
FOREIGN = "evil.example"
LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class HostRequest:
    """A request that is served if its host may pass.

    `served`: the statuses of a response to it then.
    `may_be_closed`: the connection may be closed without an answer, since a worker's port has room for few.
    """

    kind: str
    raw: RawRequest
    passes: bool
    served: frozenset[int]
    may_be_closed: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A listener, and a request that shows whether it passed."""

    port: int
    method: str
    path: str
    served: frozenset[int]
    allows_names: bool = True


@dataclass
class Attacker:
    """Generates requests."""

    random: Random
    listeners: Listeners

    def generate(self, count: int) -> Iterator[HostRequest]:
        """Yield requests of all kinds to all listeners."""
        kinds: list[Callable[[Target], HostRequest]] = [
            self._name_this_computer,
            self._name_this_computer,
            self._name_another,
            self._name_another,
            self._name_no_host,
            self._leave_out,
            self._name_two,
            self._use_absolute_form,
        ]
        targets = self._list_targets()
        for _ in range(count):
            yield self.random.choice(kinds)(self.random.choice(targets))

    def _list_targets(self) -> list[Target]:
        at = self.listeners
        runtime = Target(
            at.runtime_port, "GET", f"/{at.runtime_secret}/x", frozenset({404}), allows_names=False
        )
        return [
            Target(at.states_port, "GET", CLOCK, frozenset({200})),
            Target(at.lambda_port, "GET", INVOKE, frozenset({404, 405})),
            runtime,
        ]

    def _name_this_computer(self, target: Target) -> HostRequest:
        return self._build("of this computer", target, [self._make_local(target)], passes=True)

    def _name_another(self, target: Target) -> HostRequest:
        return self._build("of another", target, [self._make_foreign()], passes=False)

    def _name_no_host(self, target: Target) -> HostRequest:
        return self._build("malformed", target, [self._make_malformed()], passes=False)

    def _leave_out(self, target: Target) -> HostRequest:
        """Send HTTP/1.0 without a Host. HTTP/1.1 requires one."""
        line = f"{target.method} {target.path}"
        if self.random.random() < 0.5:
            return self._build("absent", target, [], passes=True, line=f"{line} HTTP/1.0")
        return self._build("absent in HTTP/1.1", target, [], passes=False)

    def _name_two(self, target: Target) -> HostRequest:
        hosts = [self._make_local(target), self._make_foreign()]
        self.random.shuffle(hosts)
        return self._build("two", target, hosts, passes=False)

    def _use_absolute_form(self, target: Target) -> HostRequest:
        """Name a host in the request target as well, as for a proxy."""
        passes = self.random.random() < 0.5
        host = self._make_local(target) if passes else self._make_foreign()
        line = f"{target.method} {self._vary_case('http')}://{host}{target.path} HTTP/1.1"
        return self._build("absolute form", target, [self._make_local(target)], passes=passes, line=line)

    def _build(
        self, kind: str, target: Target, hosts: list[str], *, passes: bool, line: str | None = None
    ) -> HostRequest:
        headers = [(self._vary_case("Host"), host) for host in hosts]
        headers.insert(self.random.randint(0, len(headers)), ("X-Other", FOREIGN))
        raw = RawRequest.build(target.port, line or f"{target.method} {target.path} HTTP/1.1", headers)
        is_runtime = target.port == self.listeners.runtime_port
        return HostRequest(kind, raw, passes, target.served, is_runtime)

    def _make_local(self, target: Target) -> str:
        label = self._make_label()
        names = ["localhost", f"{label}.localhost", f"xn--{label}.localhost", "host.docker.internal"]
        names.append(self._make_address(4))
        names += [ALLOWED_HOST] if target.allows_names else []
        name = self._vary_case(self.random.choice(names))
        if self.random.random() < 0.2:
            name = f"sync-{name}"
        elif self.random.random() < 0.2:
            name = f"[{self._make_address(6)}]"
        elif self.random.random() < 0.2:
            name += "."
        return name + self._make_port()

    def _make_foreign(self) -> str:
        label = self._make_label()
        names = [
            f"{label}.{FOREIGN}",
            f"localhost.{FOREIGN}",
            f"127.0.0.1.{FOREIGN}",
            "127.0.0.1.nip.io",
            "localtest.me",
            f"{label}localhost",
            f"localhost{label}",
            f"{label}.host.docker.internal",
            "docker.internal",
            f"{ALLOWED_HOST}.{FOREIGN}",
            f"{label}.{ALLOWED_HOST}",
            f"{ALLOWED_HOST}{label}",
            f"sync-{FOREIGN}",
            "sync-sync-localhost",
            f"xn--{label}",
        ]
        dot = "." if self.random.random() < 0.2 else ""
        return self._vary_case(self.random.choice(names)) + dot + self._make_port()

    def _make_malformed(self) -> str:
        """Return a Host that is none, or that another reader may take for another host."""
        return self.random.choice(
            (
                "",
                ":80",
                "-",
                "127.1",
                "2130706433",
                "0x7f000001",
                "0177.0.0.1",
                "127.0.0.01",
                "127.0.0.256",
                "::1",
                "::1:80",
                "[::1",
                "::1]",
                "[]",
                "[localhost]",
                "[127.0.0.1]",
                "[::1]evil.example",
                "[::1].evil.example",
                "localhost..",
                "localhost:80:80",
                "localhost:x",
                "localhost:80@evil.example",
                "localhost@evil.example",
                "evil.example@localhost",
                "user:password@localhost",
                "localhost/evil.example",
                "evil.example/localhost",
                "http://localhost",
                "localhost, evil.example",
                "evil.example localhost",
                "evil.example#.localhost",
                "evil.example?localhost",
                "evil.example\\localhost",
                "localhost%00.evil.example",
                "%6c%6f%63%61%6c%68%6f%73%74",
                "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
                "\uff11\uff12\uff17.0.0.1",
                "localho\u017ft",
                "host.doc\u212aer.internal",
                "evil.example#x.localhost",
                "evil.example/.localhost",
                "\udcff\udcfe",
                "*",
                "x" * 5000,
            )
        )

    def _make_address(self, version: int) -> str:
        if version == 4:
            return str(ipaddress.IPv4Address(self.random.getrandbits(32)))
        address = ipaddress.IPv6Address(self.random.choice((1, 0, self.random.getrandbits(128))))
        return self.random.choice((address.compressed, address.exploded, address.compressed.upper()))

    def _make_port(self) -> str:
        return self.random.choice(
            ("", ":", f":{self.listeners.states_port}", f":{self.random.randrange(65_536)}")
        )

    def _make_label(self) -> str:
        return "".join(self.random.choices("abcxyz-0", k=5))

    def _vary_case(self, name: str) -> str:
        return "".join(self.random.choice((letter.lower(), letter.upper())) for letter in name)


def judge(request: HostRequest, answer: RawResponse) -> str | None:
    """Return the fault of an answer; None if it has none."""
    expected = request.served if request.passes else REFUSALS
    if answer.status in expected or (request.may_be_closed and answer.status == CLOSED):
        return None
    return f"{request.raw}: status {answer.status}"


async def torture(folder: Path, requests: int, seed: int, console: Console) -> Outcome:
    """Send requests with generated hosts, and judge every answer."""
    passed, refused, faults = Counter[str](), Counter[str](), list[str]()
    async with serve_all(folder) as listeners:
        with progress("Sending requests for hosts", requests, console) as advance:

            async def handle(request: HostRequest) -> None:
                fault = judge(request, await send(request.raw))
                faults.extend([fault] if fault else [])
                (passed if request.passes else refused)[request.kind] += 1
                advance(passed.total() + refused.total())

            await send_all(Attacker(Random(seed), listeners).generate(requests), handle)
        if len(listeners.read_calls()) != 1:
            faults.append("a function was called")
    figures: dict[str, object] = {"requests for hosts": f"{passed.total() + refused.total():,}"}
    figures |= {f"  served: {kind}": f"{count:,}" for kind, count in sorted(passed.items())}
    figures |= {f"  refused: {kind}": f"{count:,}" for kind, count in sorted(refused.items())}
    return Outcome(f"Hosts (seed {seed})", figures, faults)
