"""A console whose endpoint takes requests and does not answer them."""

import socket
from pathlib import Path

from tests.acceptance.command import PATIENCE_SECONDS, running


def test_console_ends_while_the_endpoint_keeps_it_waiting(tmp_path: Path) -> None:
    """Ctrl-C ends it without a word while it prepares its first page."""
    with socket.create_server(("127.0.0.1", 0)) as endpoint:
        endpoint.settimeout(PATIENCE_SECONDS)
        url = f"http://127.0.0.1:{endpoint.getsockname()[1]}"
        options = ("--local", "--no-open", "--port", "0", "--endpoint-url", url)
        with running("delay", "console", *options, folder=tmp_path) as console:
            asked, _ = endpoint.accept()
            with asked:
                assert console.end() == 0
            assert console.err == ""
