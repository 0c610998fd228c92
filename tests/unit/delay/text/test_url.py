"""The URLs of endpoints."""

import pytest

from delay.text.url import build_url, parse_url


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8083",
        "https://states.us-east-1.amazonaws.com",
        "http://[::1]:8083",
        "http://[::]",
        "http://step_functions:8083",
        "http://a.b./base/path",
    ],
)
def test_url_of_an_endpoint_is_accepted(url: str) -> None:
    """A slash at the end is dropped."""
    assert parse_url(url) == url
    assert parse_url(f"{url}/") == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://::1:8083", r"has an IPv6 address without brackets: write http://\[::1\]:8083"),
        ("http://::1", "without brackets"),
        ("http://[::1", "no valid host and port"),
        ("http://[zz]:80", "no valid host and port"),
        ("http://127.0.0.1:99999", "no valid host and port"),
        ("http://127.0.0.1:0", "no valid host and port"),
        ("http://127.0.0.1:x", "no valid host and port"),
        ("http://:8083", "no valid host and port"),
        ("http://a..b", "no valid host and port"),
        ("http://user:word@a", "begins with http:// or https://"),
        ("file:///etc/passwd", "begins with http:// or https://"),
        ("127.0.0.1:8083", "begins with http:// or https://"),
        ("http://a/?b", "begins with http:// or https://"),
        ("", "begins with http:// or https://"),
    ],
)
def test_url_that_no_client_can_use_is_refused(text: str, says: str) -> None:
    """Before the first call, which would fail with a traceback of the library."""
    with pytest.raises(ValueError, match=says):
        parse_url(text)


def test_ipv6_address_gets_brackets() -> None:
    """And only that."""
    assert build_url("::1", 80) == "http://[::1]:80"
    assert build_url("localhost", 80) == "http://localhost:80"
    assert parse_url(build_url("fe80::1", 1)) == "http://[fe80::1]:1"
