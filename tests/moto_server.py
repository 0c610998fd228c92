"""Runs moto, a server with the protocols of many AWS services, for tests of clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import ThreadedMotoServer
from moto.sqs.models import Message, SQSBackend

_receive = SQSBackend.receive_message


@contextmanager
def moto_server() -> Iterator[str]:
    """Serve on a free port while the context lasts, and yield the URL.

    ReceiveMessage does not wait for messages: no test sends one meanwhile.
    """
    SQSBackend.receive_message = _receive_at_once  # type: ignore[method-assign, assignment]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _receive_at_once(
    backend: SQSBackend,
    queue_name: str,
    count: int,
    _wait_seconds: int,
    *options: Any,
) -> list[Message]:
    return _receive(backend, queue_name, count, 0, *options)
