"""Run the recorded state machines at local endpoints, all at once, and collect the answers."""

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

Answers: TypeAlias = dict[str, dict[str, Any]]

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/DummyRole"

_FUNCTION_NAME = re.compile(r"\b(?:lambda_func|lambda_1_func|function_name)_[0-9a-f]+\b")

_SOURCES = {
    "returns its event unchanged": "def handler(event, context):\n    return event\n",
    "raises Exception('Some exception was raised.')": (
        'def handler(event, context):\n    raise Exception("Some exception was raised.")\n'
    ),
    "sleeps past": "import time\n\n\ndef handler(event, context):\n    time.sleep(10)\n",
    "returns a string of 263,168 characters": 'def handler(event, context):\n    return "x" * 263_168\n',
    "raises CustomException()": (
        "class CustomException(Exception):\n"
        "    message: str\n\n"
        "    def __init__(self):\n"
        '        self.message = "a message of its own"\n\n\n'
        "def handler(event, context):\n"
        "    raise CustomException()\n"
    ),
    "returns the Python bytes": "def handler(event, context):\n    return b'\"HelloWorld!\"'\n",
}


def find_function_names(row: dict[str, Any]) -> set[str]:
    """Return the names of the functions that a row needs."""
    if row.get("function", "does not exist") == "does not exist":
        return set()
    return set(_FUNCTION_NAME.findall(json.dumps([row["definition"], row["input"]])))


def write_handler(row: dict[str, Any], folder: Path) -> None:
    """Write a handler that behaves as the row's function did."""
    folder.mkdir(parents=True)
    source = next(source for words, source in _SOURCES.items() if row["function"].startswith(words))
    (folder / "handler.py").write_text(source)


def replay(sfn: "SFNClient", rows: list[dict[str, Any]], code: Path) -> Answers:
    """Run every row. `code` is the local counterpart of AWS's folder /var/task."""
    started = {row["id"]: _start(sfn, row) for row in rows}
    return {
        name: json.loads(
            re.sub(rf"{re.escape(str(code))}/\w+", "/var/task", json.dumps(_collect_answer(sfn, outcome)))
        )
        for name, outcome in started.items()
    }


def _start(sfn: "SFNClient", row: dict[str, Any]) -> dict[str, Any]:
    try:
        machine = sfn.create_state_machine(
            name=f"row-{uuid4()}", definition=_build_definition(row), roleArn=ROLE
        )
        _make_refused_call(sfn, row, machine["stateMachineArn"])
    except ClientError as error:
        return {"create_error": {"code": error.response["Error"]["Code"], "message": str(error)}}
    started = sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(row["input"]))
    return {"execution": started["executionArn"]}


def _make_refused_call(sfn: "SFNClient", row: dict[str, Any], arn: str) -> None:
    """Make the call that AWS refused after the creation, if any. The recorded message names it."""
    refusal = row.get("create_error", {}).get("message", "")
    if "the CreateStateMachineAlias operation" in refusal:
        sfn.create_state_machine_alias(
            name="alias", routingConfiguration=[{"stateMachineVersionArn": arn, "weight": 100}]
        )
    if "the PublishStateMachineVersion operation" in refusal:
        sfn.publish_state_machine_version(stateMachineArn=f"{arn}-absent")


def _build_definition(row: dict[str, Any]) -> str:
    # The recordings mask the account in answers, not in definitions.
    return json.dumps(row["definition"]).replace(":000000000000:", f":{ACCOUNT}:")


def _collect_answer(sfn: "SFNClient", outcome: dict[str, Any]) -> dict[str, Any]:
    if "execution" not in outcome:
        return outcome
    described = _wait_for_end(sfn, outcome["execution"])
    history = sfn.get_execution_history(executionArn=outcome["execution"], maxResults=1000)
    return {
        "history": _convert_to_json(history["events"]),
        "describe_execution": _convert_to_json(
            {k: v for k, v in described.items() if k != "ResponseMetadata"}
        ),
    }


def _wait_for_end(sfn: "SFNClient", arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        described = dict(sfn.describe_execution(executionArn=arn))
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.02)
    raise AssertionError(f"still running after 30 s: {arn}")


def _convert_to_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
