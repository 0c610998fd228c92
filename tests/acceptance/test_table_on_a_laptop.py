"""Tasks wait in the table of the real template, on this computer: a story in the shell, and skipped time."""

import json
import random
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delay import Status
from delay.errors import DuplicateKey
from stepfunctions_local.local_aws.interpreter import find_interpreter
from stepfunctions_local.testing import LocalStepFunctions
from tests.acceptance.command import Ended, Running, run, running
from tests.acceptance.table_build import copy_build
from tests.acceptance.test_demo_picture import IMAGES, read_lines, without_figures

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("built"),
    pytest.mark.skipif(find_interpreter() is None, reason="ministack is not installed: make local-aws"),
]

FREE_PORTS = ("--port", "0", "--lambda-port", "0", "--aws-port", "0")
TASK_STORE = ("--parameter-overrides", "TaskStore=both")
BOTH = {"TaskStore": "both"}
DAY = timedelta(days=1)


@contextmanager
def local(project: Path) -> Iterator[Running]:
    with running("delay", "local", *FREE_PORTS, *TASK_STORE, project=project, folder=project) as started:
        yield started


def delay(started: Running, *arguments: str) -> Ended:
    (line,) = [line for line in started.out.splitlines() if line.startswith("DynamoDB, SQS")]
    url = line.split()[2]
    return run("delay", *arguments, DELAY_LOCAL="1", DELAY_STORE="table", AWS_ENDPOINT_URL_DYNAMODB=url)


def skip(started: Running, duration: str) -> str:
    ended = run("delay", "clock", "skip", duration, "--endpoint-url", started.urls[0])
    assert ended.code == 0, ended.err
    return ended.out


def test_story_of_tasks_in_the_shell(tmp_path: Path) -> None:
    """Schedule, move, cancel, fail, dead letter and redrive; tasks survive Ctrl-C and `kill -9`."""
    project = copy_build(tmp_path)
    with local(project) as started:
        assert delay(started, "schedule", '{"order": 1}', "--in", "3d", "--key", "one").code == 0
        assert delay(started, "schedule", '{"order": 2}', "--in", "2d", "--key", "two").code == 0
        assert delay(started, "schedule", '{"fail": "closed"}', "--in", "1d", "--key", "fails").code == 0
        assert delay(started, "reschedule", "one", "--in", "1h").code == 0
        assert delay(started, "cancel", "two").code == 0
        within = delay(started, "list", "--due-within", "2h", "--json").out.splitlines()
        assert [json.loads(line)["key"] for line in within] == ["one"]
        assert "Warning" not in started.err
        started.end(signal.SIGINT)
    with local(project) as started:
        assert re.search(r" [1-9]\d* fired on the way\.\n$", skip(started, "61m"))  # a message may come twice
        assert delay(started, "wait", "one").out == 'one  SUCCEEDED  {"order": 1}\n'
        started.end(signal.SIGKILL)
    with local(project) as started:
        skip(started, "2d")
        assert delay(started, "wait", "fails").out == "fails  FAILED  ValueError: closed\n"
        assert "Attempts    4" in delay(started, "show", "fails").out
        assert "fails  ValueError: closed" in delay(started, "redrive", "--from-queue", "--dry-run").out
        redriven = delay(started, "redrive", "--from-queue")
        assert redriven.code == 0, redriven.err
        counted = json.loads(delay(started, "count", "--json").out)["counts"]
        assert (counted["SUCCEEDED"], counted["CANCELLED"]) == (1, 1)


def test_tasks_are_called_at_their_seconds_while_time_is_skipped(tmp_path: Path) -> None:
    """In their order, whatever time is skipped; a failed one is retried on the way."""
    with LocalStepFunctions(copy_build(tmp_path), parameters=BOTH) as endpoints:
        client = endpoints.table_delay
        payloads: Any = {"third": {"order": 3}, "first": {"order": 1}, "fails": {"fail": "closed"}}
        days = {"third": 6, "first": 1, "fails": 2}
        tasks = [client.schedule(payloads[key], after=days[key] * DAY, key=key) for key in payloads]
        with pytest.raises(DuplicateKey):
            client.schedule({"order": 4}, after=DAY, key="first")
        assert endpoints.skip(7 * DAY).fired >= len(tasks)  # a message may come twice
        ended = [client.get(task.key) for task in tasks]
        assert [task.status for task in ended] == [Status.SUCCEEDED, Status.SUCCEEDED, Status.FAILED]
        for task in (ended[0], ended[1]):
            (started,) = [event for event in client.history(task) if event["type"] == "TaskStarted"]
            assert task.due is not None
            assert timedelta() <= started["timestamp"] - task.due <= timedelta(seconds=60)
        assert {letter.key for letter in client.dead_letters().look()} == {"fails"}
        keys = re.findall(r'"task_key":"(\w+)","generation"', endpoints.log)
        assert list(dict.fromkeys(keys)) == ["first", "fails", "third"]


def test_task_is_waited_for_by_skipping_to_it(tmp_path: Path) -> None:
    """As tasks of executions are; the next one stays."""
    with LocalStepFunctions(copy_build(tmp_path), parameters=BOTH) as endpoints:
        client = endpoints.table_delay
        later = client.schedule({"order": 2}, after=91 * DAY, key="later")
        task = client.schedule({"order": 1}, after=90 * DAY, key="sooner")
        assert endpoints.wait_for(task).output == {"order": 1}
        assert client.get("later").status is Status.WAITING
        assert client.wait(later).output == {"order": 2}


def test_demo_shows_a_task_of_the_table() -> None:
    """With its times, and all three endpoints are stopped. `make pictures` draws the picture again."""
    ended = run("delay", "demo", "--store", "table", "--seconds", "1", *FREE_PORTS, COLUMNS="80")
    assert (ended.code, ended.err) == (0, "")
    out = ended.out
    assert re.search(r"^DynamoDB, SQS +http://\S+ +arn:aws:dynamodb:\S+:table/TaskTable$", out, re.MULTILINE)
    assert 'SUCCEEDED  {"message":"hello world","received":{"expirydate":1,"a":1233333}}\n' in out
    assert re.search(r"^Called \d+ s after its due time, with the start of", out, re.MULTILINE)
    events = re.findall(r"^\d +\d+\.\d{3} s +(\w+)", out, re.MULTILINE)
    assert events == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    assert out.endswith("Stopped all three endpoints.\n")
    shown = without_figures(read_lines(IMAGES / "demo-table.svg"))
    assert shown == without_figures(["$ delay demo --store table", *out.splitlines()])


def test_demo_of_a_table_ends_with_its_first_failed_call(tmp_path: Path) -> None:
    """The queue delivers the task again after minutes, too long for a demonstration."""
    project = copy_build(tmp_path)
    with (project / ".aws-sam/build/TableCallFunction/app.py").open("a", encoding="utf-8") as app:
        app.write("\ndef handle(event, task):\n    raise ValueError('the order does not exist')\n")
    options = ("--project", str(project), "--store", "table", "--seconds", "0")
    ended = run("delay", "demo", *options, *FREE_PORTS)
    assert ended.code == 1
    assert "\nRUNNING  the order does not exist\n" in ended.out
    assert ended.err.startswith("Error: The first call failed. The queue would deliver the task again, ")
    assert '"message":"Attempt failed"' in ended.err


def test_variable_for_clients_in_the_same_shell_is_no_other_endpoint(tmp_path: Path) -> None:
    """It names the address that the command itself opens, and its functions find them there."""
    port = find_port()
    options = ("--port", "0", "--lambda-port", "0", "--aws-port", str(port), *TASK_STORE)
    urls = dict.fromkeys(("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"), f"http://127.0.0.1:{port}")
    project = copy_build(tmp_path)
    with running("delay", "local", *options, project=project, folder=project, **urls) as started:
        assert f"DynamoDB, SQS   http://127.0.0.1:{port}\n" in started.out
        assert "Warning" not in started.err


def find_port() -> int:
    """Return a free port below the range from which the system assigns ports."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("No port is free.")


def test_demo_of_a_table_names_what_is_missing() -> None:
    """In one line."""
    options = ("--store", "table", "--parameter-overrides", "TaskStore=executions")
    ended = run("delay", "demo", *options, *FREE_PORTS)
    assert (ended.code, ended.err) == (1, "Error: No table of the template is served here to demonstrate.\n")
