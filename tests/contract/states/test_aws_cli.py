"""A gradual deployment with the AWS CLI: the commands of docs/reference/local-api.md."""

import json
from typing import Any
from uuid import uuid4

from tests.acceptance.command import run
from tests.contract.states.machines import ROLE
from tests.contract.states.test_versions import define


def aws(url: str, command: str, *options: str) -> Any:
    """Call an operation, and return its answer."""
    completed = run("aws", "stepfunctions", command, *options, AWS_ENDPOINT_URL_SFN=url)
    assert not completed.code, completed.err
    return json.loads(completed.out or "{}")


def test_alias_routes_executions_to_a_new_version(endpoint_url: str) -> None:
    """The commands publish, create the alias, publish again, change the weights, start and list."""
    machine = ("--name", f"machine-{uuid4()}", "--role-arn", ROLE, "--definition", define("one"))
    arn = aws(endpoint_url, "create-state-machine", *machine)["stateMachineArn"]
    aws(endpoint_url, "publish-state-machine-version", "--state-machine-arn", arn)
    route = f"stateMachineVersionArn={arn}:"
    name = ("--name", "live", "--routing-configuration", f"{route}1,weight=100")
    alias = aws(endpoint_url, "create-state-machine-alias", *name)["stateMachineAliasArn"]
    change = ("--state-machine-arn", arn, "--definition", define("two"), "--publish")
    assert aws(endpoint_url, "update-state-machine", *change)["stateMachineVersionArn"] == f"{arn}:2"
    both = ("--routing-configuration", f"{route}1,weight=0", f"{route}2,weight=100")
    aws(endpoint_url, "update-state-machine-alias", "--state-machine-alias-arn", alias, *both)
    started = aws(endpoint_url, "start-execution", "--state-machine-arn", alias)
    (listed,) = aws(endpoint_url, "list-executions", "--state-machine-arn", f"{arn}:2")["executions"]
    assert listed["executionArn"] == started["executionArn"]
    assert listed["stateMachineAliasArn"] == f"{arn}:live"
