"""The example of a web service: it runs on a local endpoint, and answers when that does not."""

import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from fastapi.testclient import TestClient

from delay import Delay
from stepfunctions_local.testing import LocalStepFunctions

EXAMPLE = Path(__file__).parents[3] / "examples" / "fastapi" / "app.py"
PAGE = EXAMPLE.parents[2] / "docs" / "how-to" / "async.md"


@pytest.fixture(scope="module")
def local(project: Path) -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions(project) as local:
        yield local


@pytest.fixture
def example(local: LocalStepFunctions, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example as a service runs it, with a local endpoint in its environment."""
    arn = local.state_machine_arns["DelayStateMachine"]
    for name, value in {
        "DELAY_STATE_MACHINE_ARN": arn,
        "AWS_ENDPOINT_URL_SFN": local.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }.items():
        monkeypatch.setenv(name, value)
    spec = spec_from_file_location("fastapi_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # FastAPI resolves the annotations there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def service(example: Any) -> TestClient:
    return TestClient(example.app)


def test_order_is_confirmed_unless_it_is_cancelled(service: TestClient) -> None:
    """A repeated request changes nothing."""
    assert service.post("/orders/1").status_code == 202
    assert service.post("/orders/1").json() == service.post("/orders/1").json()
    service.post("/orders/2")
    assert service.get("/orders?order=1&order=2").json() == ["WAITING", "WAITING"]
    assert service.delete("/orders/1").json() == "CANCELLED"
    assert service.get("/orders?order=2&order=1").json() == ["WAITING", "CANCELLED"]


def test_error_has_the_status_code_of_its_kind(service: TestClient) -> None:
    """Its message says what to do."""
    unknown = service.delete("/orders/404")
    assert (unknown.status_code, "No task has the key" in unknown.json()["error"]) == (404, True)
    service.post("/orders/3")
    service.delete("/orders/3")
    assert service.post("/orders/3").status_code == 409


def test_request_ends_while_the_endpoint_is_silent(
    service: TestClient, example: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread still waits for the endpoint then, and ends when its call times out."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(example, "delay", open_client(example.delay.arn, url, read_seconds=0.5))
        assert service.post("/orders/4").status_code == 503
        monkeypatch.setattr(example, "delay", open_client(example.delay.arn, url, read_seconds=60))
        monkeypatch.setattr(example, "LONGEST_READ_SECONDS", 0.05)
        assert service.get("/orders?order=4").status_code == 504


def open_client(arn: str, url: str, read_seconds: float) -> Delay:
    """Return a client whose calls end after a time, and are not repeated."""
    config = Config(read_timeout=read_seconds, retries={"total_max_attempts": 1})
    return Delay(arn, boto3.client("stepfunctions", region_name="us-east-1", endpoint_url=url, config=config))


def test_page_shows_the_example() -> None:
    """Its pieces are those of the example."""
    source = EXAMPLE.read_text(encoding="utf-8")
    pieces = PAGE.read_text(encoding="utf-8").split("```python\n")[1:]
    assert len(pieces) == 2
    assert [piece.partition("```")[0].strip() in source for piece in pieces] == [True, True]
