"""The local endpoint that a command uses: its URL, its origin and its clock."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from delay.errors import InvalidRequest
from delay.local import request as local_request
from delay.local.clock import ClockClient, LocalClock
from delay.local.endpoint import TABLE, LocalEndpoint
from delay.local.request import EndpointUnavailable
from delay.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

BOTH = {"AWS_ENDPOINT_URL_SFN": "http://sfn:1", "AWS_ENDPOINT_URL": "http://all:2"}


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ("http://option:3", BOTH, LocalEndpoint("http://option:3", "--endpoint-url")),
        (None, BOTH, LocalEndpoint("http://sfn:1", "AWS_ENDPOINT_URL_SFN")),
        (None, BOTH | {"AWS_ENDPOINT_URL_SFN": ""}, LocalEndpoint("http://all:2", "AWS_ENDPOINT_URL")),
        (
            None,
            BOTH | {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            LocalEndpoint("http://127.0.0.1:8083"),
        ),
        (None, {}, LocalEndpoint("http://127.0.0.1:8083")),
    ],
)
def test_option_wins_over_the_variables_of_the_sdks(
    given: str | None, environment: dict[str, str], expected: LocalEndpoint
) -> None:
    """They are read in the order of the SDKs."""
    assert LocalEndpoint.find(given, environment) == expected


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ("http://option:3", {}, LocalEndpoint("http://option:3", "--endpoint-url", TABLE)),
        (
            None,
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://table:1"},
            LocalEndpoint("http://table:1", "AWS_ENDPOINT_URL_DYNAMODB", TABLE),
        ),
        (None, BOTH, LocalEndpoint("http://127.0.0.1:8085", None, TABLE)),
    ],
)
def test_tables_have_an_endpoint_of_their_own(
    given: str | None, environment: dict[str, str], expected: LocalEndpoint
) -> None:
    """The variable for all services is that of Step Functions on a laptop."""
    found = LocalEndpoint.find(given, environment, TABLE)
    assert found == expected
    assert "start it with `delay local" in found.explain_silence()
    assert "AWS_ENDPOINT_URL_DYNAMODB" in found.explain_silence() or given


def test_unusable_variable_is_named() -> None:
    """It is not on the command line, so the message has its name."""
    with pytest.raises(InvalidRequest, match="AWS_ENDPOINT_URL_SFN: 'http://::1:8083' has an IPv6 address"):
        LocalEndpoint.find(None, {"AWS_ENDPOINT_URL_SFN": "http://::1:8083"})


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        (
            LocalEndpoint("http://127.0.0.1:8083"),
            (
                "Nothing answers at http://127.0.0.1:8083: start it with `delay local`, "
                "or name another endpoint with --endpoint-url or AWS_ENDPOINT_URL_SFN."
            ),
        ),
        (
            LocalEndpoint("http://[::1]:9", "AWS_ENDPOINT_URL"),
            (
                "Nothing answers at http://[::1]:9, the value of AWS_ENDPOINT_URL: "
                "start it with `delay local --host ::1 --port 9`, or change AWS_ENDPOINT_URL."
            ),
        ),
        (
            LocalEndpoint("http://localhost", "--endpoint-url"),
            (
                "Nothing answers at http://localhost, the value of --endpoint-url: "
                "start it with `delay local --port 80`, "
                "or name another endpoint with --endpoint-url or AWS_ENDPOINT_URL_SFN."
            ),
        ),
    ],
)
def test_silence_is_explained(endpoint: LocalEndpoint, message: str) -> None:
    """With the variable that names the endpoint and the command that starts it."""
    assert endpoint.explain_silence() == message


class Endpoint(ClockClient):
    """The clock of an endpoint, without the network."""

    def __init__(self) -> None:
        super().__init__(LocalEndpoint("http://127.0.0.1:1"))
        self.skipped_seconds = 0.0
        self.reads = 0
        self.on_read: Callable[[], None] = lambda: None

    def read(self) -> dict[str, Any]:
        """Answer as the endpoint does."""
        self.reads += 1
        self.on_read()
        return {"skipped_seconds": self.skipped_seconds}


def test_clock_is_the_endpoints() -> None:
    """It is ahead by the skips so far."""
    wall, endpoint = FakeClock(), Endpoint()
    endpoint.skipped_seconds = 7 * 86_400
    clock = LocalClock(endpoint, wall)
    assert clock.now() - wall.now() == timedelta(days=7)
    assert clock.monotonic() == wall.monotonic()


def test_sleep_takes_as_long_as_there() -> None:
    """Without a skip it is real time."""
    wall, endpoint = FakeClock(datetime(2026, 1, 1, tzinfo=UTC)), Endpoint()
    LocalClock(endpoint, wall).sleep(2.5)
    assert wall.now() == datetime(2026, 1, 1, 0, 0, 2, 500_000, tzinfo=UTC)


def test_skip_ends_a_sleep() -> None:
    """`delay wait --local` returns soon after another terminal has skipped time."""
    wall, endpoint = FakeClock(), Endpoint()
    clock, began = LocalClock(endpoint, wall), wall.now()

    def skip() -> None:
        if endpoint.reads == 4:
            endpoint.skipped_seconds = 86_400

    endpoint.on_read = skip
    clock.sleep(3600)
    assert wall.now() - began == timedelta(seconds=3)
    assert clock.now() - wall.now() == timedelta(days=1)


def test_sleep_goes_on_if_the_endpoint_is_gone() -> None:
    """The next call says so better than a clock."""
    wall, endpoint = FakeClock(), Endpoint()
    clock, began = LocalClock(endpoint, wall), wall.now()

    def fail() -> None:
        raise EndpointUnavailable("gone")

    endpoint.on_read = fail
    clock.sleep(2)
    assert wall.now() - began == timedelta(seconds=2)


def test_silent_clock_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason of the system stands beside it."""

    class Opener:
        def open(self, *_: object, **__: object) -> object:
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(local_request, "build_opener", lambda _: Opener())
    client = ClockClient(LocalEndpoint("http://127.0.0.1:9", "AWS_ENDPOINT_URL_SFN"))
    says = r"AWS_ENDPOINT_URL_SFN \(\[Errno 111\].*`delay local --port 9`"
    with pytest.raises(EndpointUnavailable, match=says):
        client.skip({})
