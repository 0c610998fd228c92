"""The page on the client: every piece of its Python runs as printed."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import boto3
import pytest

from delay import Status
from delay.testing import FakeStepFunctions
from stepfunctions_local.testing import LocalStepFunctions
from tests.unit.delay.harness import Killed, client

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "client.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
HANDLER, TESTS = (
    next(block for block in BLOCKS if block.startswith(f"# {name}\n"))
    for name in ("app.py", "test_orders.py")
)
STEPS = [block for block in BLOCKS if block not in {HANDLER, TESTS}]


@pytest.fixture
def state_machine_arn(monkeypatch: pytest.MonkeyPatch, project: Path) -> Iterator[str]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would keep these credentials for other tests
    with LocalStepFunctions(project) as local:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", local.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        yield local.state_machine_arns["DelayStateMachine"]


@pytest.fixture
def queue_url(state_machine_arn: str, aws_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A queue with the message that the page's task has failed."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", aws_url)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="page")["QueueUrl"]
    arn = state_machine_arn.replace(":stateMachine:", ":execution:")
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"executionArn": f"{arn}:order-42-confirm"}))
    yield url
    sqs.delete_queue(QueueUrl=url)


def test_steps_of_the_page_run_in_order(
    state_machine_arn: str, queue_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """They run against a local endpoint, found by the setting that the page names."""
    names: dict[str, Any] = {"state_machine_arn": state_machine_arn, "queue_url": queue_url}
    assert len(STEPS) == 10
    for step in STEPS:
        exec(compile(step, "docs/reference/client.md", "exec"), names)  # noqa: S102 - the page's own
    delay = names["delay"]
    assert delay.get("order-42-confirm").status is Status.CANCELLED
    assert delay.get("order-42-remind").status is Status.WAITING
    assert delay.list(Status.OPEN, prefix="order-10").estimate().tasks == 99  # one is cancelled
    printed = capsys.readouterr().out
    assert "REDRIVEN_BEFORE order-42-confirm" in printed
    assert "order-1000-confirm CANCELLED" in printed
    assert "101 {<Status.WAITING: 'WAITING'>: 101," in printed
    assert "Estimate(tasks=108" in printed
    assert "{'order': 1099}" in printed


def test_tests_on_the_page_pass(tmp_path: Path) -> None:
    """They are copied into a file of their own."""
    (tmp_path / "test_orders.py").write_text(TESTS, encoding="utf-8")
    options = ("-c", "/dev/null", "-p", "no:cacheprovider", "-q")
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    done = run(command, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


@pytest.fixture
def handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(HANDLER, "docs/reference/client.md", "exec"), names)  # noqa: S102 - the page's own
    yield names["lambda_handler"]
    names["database"].close()


def test_only_one_of_two_generations_acts(handler: Any) -> None:
    """A client was killed during a reschedule, and the key was not used since."""
    sfn = FakeStepFunctions(handler)
    client(sfn).schedule({"order": 42}, after=timedelta(days=7), key="order-42-confirm")
    sfn.fail("stop_execution", Killed())
    with pytest.raises(Killed):
        client(sfn).reschedule("order-42-confirm", after=timedelta(days=9))
    sfn.clock.forward(timedelta(days=9))
    assert len(sfn.calls) == 2
    outputs = [task.output for task in client(sfn).list(due=True)]
    assert outputs == [
        {"skipped": "order-42-confirm was done by another generation"},
        {"confirmed": 42},
    ]


def test_same_generation_acts_again(handler: Any) -> None:
    """Step Functions calls at least once."""
    sfn = FakeStepFunctions(handler)
    client(sfn).schedule({"order": 42}, after=timedelta(0), key="order-42-confirm")
    (call,) = sfn.calls
    assert handler(call.event, call) == handler(call.event, call) == {"confirmed": 42}
