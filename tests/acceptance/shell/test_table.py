"""The commands on a table, through boto3: its place, its queue, its letters, and what is wrong with them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import eventually, run
from tests.acceptance.shell.table import NAME, TableShell, serve_table

pytestmark = pytest.mark.slow

ARN = f"arn:aws:dynamodb:us-east-1:123456789012:table/{NAME}"


@pytest.fixture(scope="module")
def shell() -> Iterator[TableShell]:
    with serve_table() as shell:
        assert "has no cursor" in shell.delay("list").err
        shell.drain()
        yield shell


def test_task_lives_from_its_schedule_to_its_redrive(shell: TableShell) -> None:
    """The drain and the worker are those of the application."""
    assert shell.delay("schedule", '{"fail": "closed"}', "--in", "0s", "--key", "fails").code == 0
    assert shell.delay("schedule", '{"order": 42}', "--in", "400d", "--key", "order:42").code == 0
    assert [task["key"] for task in shell.records("list")] == ["fails", "order:42"]
    assert eventually(lambda: fails(shell))  # a row is due at the next whole second
    assert [task["key"] for task in shell.records("list", "--due-within", "401d")] == ["order:42"]
    assert shell.delay("wait", "fails").out == "fails  FAILED  ValueError: closed\n"
    looked = shell.delay("redrive", "--from-queue", "--dry-run")
    assert "fails  ValueError: closed" in looked.out
    assert shell.delay("redrive", "--from-queue").code == 0
    assert shell.delay("cancel", "--prefix", "order:", "--yes").err == "Cancelled 1 task.\n"
    assert shell.delay("cancel", "nope").code == 3


def fails(shell: TableShell) -> bool:
    """Call the functions of the messages that are there. Return whether the task has failed."""
    shell.work()
    return bool(shell.records("show", "fails")[0]["status"] == "FAILED")


def test_file_of_tasks_is_imported_once(shell: TableShell, tmp_path: Path) -> None:
    """In batches; the second run sends nothing."""
    file = tmp_path / "tasks.ndjson"
    lines = ({"key": f"import-{number}", "in": "7d", "payload": {"n": number}} for number in range(60))
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert shell.delay("import", str(file)).code == 0
    assert "All 60 lines were scheduled before" in shell.delay("import", str(file)).out
    assert shell.records("count", "--prefix", "import-")[0]["counts"]["WAITING"] == 60


def test_place_may_be_named_by_its_arn_or_in_the_environment(shell: TableShell) -> None:
    """The endpoints are those of the SDKs."""
    places: Any = {
        "DELAY_TABLE_ARN": ARN,
        "DELAY_STATE_MACHINE_ARN": "arn:aws:states:x",
        "DELAY_STORE": "table",
    }
    urls: Any = {"AWS_ENDPOINT_URL_DYNAMODB": shell.url, "AWS_ENDPOINT_URL_SQS": shell.url}
    assert run("delay", "schedule", "{}", "--in", "5m", "--key", "here", **places, **urls).code == 0
    assert run("delay", "show", "here", "--table-arn", ARN, "--endpoint-url", shell.url).code == 0
    local = run("delay", "show", "here", DELAY_LOCAL="1", DELAY_STORE="table", **urls)
    assert (local.code, local.err) == (0, "")


def test_table_that_is_missing_or_has_other_keys_is_refused(shell: TableShell) -> None:
    """In one line."""
    missing = run("delay", "list", "--table-arn", f"{ARN}2", "--endpoint-url", shell.url)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith(f"Error: There is no {ARN}2: check its name")
    shell.dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for command in (["list"], ["show", "a"], ["schedule", "{}", "--in", "1h"]):
        other = run(
            "delay", *command, "--table-arn", ARN.replace(NAME, "orders"), "--endpoint-url", shell.url
        )
        assert (other.code, len(other.err.splitlines())) == (1, 1), other.err
        assert "has other keys than `pk` and `sk`" in other.err
