"""The gate: which Host and Origin headers may pass."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.gate import DEFAULT_GATE, Gate

OPEN = Gate(hosts=frozenset({"endpoints", "dev.example"}), origins=frozenset({"http://localhost:3000"}))

names = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
domains = st.lists(names, min_size=2, max_size=4).map(".".join)
ports = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8083",
        "sync-127.0.0.1:8083",
        "192.168.1.7:8083",
        "172.17.0.1:3001",
        "[::1]",
        "[::1]:8083",
        "[fe80::1%25eth0]:8083",
        "localhost",
        "LocalHost:8083",
        "localhost.:8083",
        "sync-localhost:8083",
        "states.localhost:8083",
        "host.docker.internal:3001",
    ],
)
def test_names_of_this_computer_pass(host: str) -> None:
    """So do IP addresses: a web page's name cannot be one."""
    assert DEFAULT_GATE.refuse([host], []) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8083",
        "sync-evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "evil@localhost",
        "evil.example#.localhost",
        "evil.example/.localhost",
        "evil.example\\.localhost",
        "host.doc\u212aer.internal",
        "localhost:8083.evil.example",
        "localhost:80a",
        "::1",
        "[127.0.0.1]",
        "[localhost]",
        "[::1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "endpoints:8083",
        "host.docker.internal.evil.example",
        "localhost evil.example",
        "localhost\t",
        "sync-",
        ":8083",
        "",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    """The reason names the option, even if the listener has no host of its own."""
    assert "--allowed-host" in (DEFAULT_GATE.refuse([host], []) or "")
    assert Gate(hosts=frozenset({""})).refuse([host], [])


@pytest.mark.parametrize("host", ["endpoints", "Endpoints:8083", "sync-endpoints:8083", "dev.example."])
def test_allowed_host_passes(host: str) -> None:
    """Its port does not matter, nor does the prefix of an SDK."""
    assert OPEN.refuse([host], []) is None


def test_request_without_host_passes() -> None:
    """HTTP/1.0 allows it, and no browser sends it."""
    assert DEFAULT_GATE.refuse([], []) is None


def test_each_of_several_headers_counts() -> None:
    """A good one does not let a bad one pass."""
    assert DEFAULT_GATE.refuse(["localhost", "evil.example"], [])
    assert OPEN.refuse(["localhost:8083"], ["http://localhost:3000", "http://evil.example"])
    assert DEFAULT_GATE.refuse(["localhost", "127.0.0.1"], ["http://localhost"])


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8083", "http://localhost:8083"),
        ("LOCALHOST:8083", "http://localhost:8083"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:8083", "http://[::1]:8083"),
    ],
)
def test_own_page_of_a_listener_passes(host: str, origin: str) -> None:
    """It comes from the host and port that it sends its request to."""
    assert DEFAULT_GATE.refuse([host], [origin]) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:8083",
        "http://127.0.0.1:8083",
        "http://localhost:8083.evil.example",
        "null",
        "file://",
        "",
    ],
)
def test_other_pages_are_refused(origin: str) -> None:
    """So are pages of this computer at other ports."""
    assert "Refused: " in (DEFAULT_GATE.refuse(["localhost:8083"], [origin]) or "")


def test_page_is_refused_without_a_host() -> None:
    """It cannot be the listener's own."""
    assert DEFAULT_GATE.refuse([], ["http://localhost:8083"])


def test_page_that_was_rebound_is_not_an_own_page() -> None:
    """Its Host and its Origin agree."""
    assert DEFAULT_GATE.refuse(["evil.example:8083"], ["http://evil.example:8083"])


def test_allowed_origin_passes_alone() -> None:
    """Another port is another page."""
    assert OPEN.refuse(["127.0.0.1:8083"], ["http://localhost:3000"]) is None
    assert OPEN.refuse(["127.0.0.1:8083"], ["http://localhost:3001"])
    assert OPEN.refuse(["evil.example:8083"], ["http://localhost:3000"])


@pytest.mark.parametrize(
    ("host", "origin", "option"),
    [
        ("compose_service:8083", None, "--allowed-host compose_service."),
        ("localhost", "http://localhost:5173", "--allowed-origin http://localhost:5173."),
    ],
)
def test_reason_has_the_option_to_copy(host: str, origin: str | None, option: str) -> None:
    """It is complete: the name without the port, the origin as it was sent."""
    assert (DEFAULT_GATE.refuse([host], [origin] if origin else []) or "").endswith(option)


def test_reason_has_no_control_characters() -> None:
    """A header can hold bytes that a terminal obeys, and many of them."""
    reason = DEFAULT_GATE.refuse(["\x9b31m\u202e" + "x" * 10_000], [])
    assert reason
    assert reason.isascii()
    assert reason.isprintable()
    assert len(reason) < 1_000


@given(address=st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), port=ports)
def test_every_ip_address_passes(address: IPv4Address | IPv6Address, port: str) -> None:
    """Of either version, with any port."""
    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    assert DEFAULT_GATE.refuse([host + port], []) is None


@given(name=domains.filter(lambda name: not name.endswith((".localhost", "docker.internal"))), port=ports)
def test_every_name_of_the_internet_is_refused(name: str, port: str) -> None:
    """Unless the option names it."""
    assert DEFAULT_GATE.refuse([name + port], [])
    assert Gate(hosts=frozenset({name})).refuse([name + port], []) is None


@given(host=st.text(max_size=40), origin=st.text(max_size=40))
def test_any_text_is_judged(host: str, origin: str) -> None:
    """No header makes the gate fail, and no page passes but the listener's own."""
    DEFAULT_GATE.refuse([host], [])
    if DEFAULT_GATE.refuse([host], [origin]) is None:
        assert origin.lower() == f"http://{host.lower()}"
