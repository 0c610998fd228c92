"""More connections than a listener may have, in this process: clients are served."""

import socket
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest

from stepfunctions_local.descriptors import Shares
from stepfunctions_local.testing import LocalStepFunctions


def test_crowd_keeps_no_client_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent connections make room for the client's."""
    monkeypatch.setattr(Shares, "of_this_process", lambda: Shares(connections=4, calls=2, processes=1))
    with LocalStepFunctions() as local, ExitStack() as stack:
        url = urlsplit(local.url)
        for _ in range(40):
            silent = socket.create_connection((url.hostname or "", url.port or 0), timeout=30)
            stack.enter_context(closing(silent))
        assert local.client.list_state_machines()["stateMachines"] == []
