"""Who may do what: the policies of template.yaml, held against the calls that the code makes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

Template = dict[str, Any]
Statement = dict[str, Any]

ON_THE_STATE_MACHINE = {"StartExecution", "ListExecutions"}
TABLE_CALLS = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
"""Source: Powertools for AWS Lambda, "Idempotency", on IAM permissions."""


def documents(template: Template) -> dict[str, list[dict[str, Any]]]:
    """Find what each resource allows: by policies inside it, or as a policy of its own."""
    found = {}
    for name, body in template["Resources"].items():
        properties = body.get("Properties", {})
        inside = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        own = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        if inside or own:
            found[name] = inside + own
    return found


def statements(template: Template, *resources: str) -> Iterator[Statement]:
    """Yield them, with those that are there only under a condition; of all resources, if none is named."""
    found = documents(template)
    for name in resources or found:
        for document in found[name]:
            for statement in document["Statement"]:
                yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def actions(statement: Statement) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def allowed(template: Template, resource: str, service: str) -> list[str]:
    """List what a resource allows of one service, in order."""
    granted = (action for found in statements(template, resource) for action in actions(found))
    return sorted(action for action in granted if action.startswith(f"{service}:"))


def calls(root: Path, client: str, service: str) -> list[str]:
    """List the operations that delay/ calls on what goes by the name of `client`."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    operations = {in_python(name): name for name in model.operation_names}
    used = {name for path in root.joinpath("delay").rglob("*.py") for name in attributes_of(client, path)}
    return sorted(operations[name] for name in used & operations.keys())


def attributes_of(client: str, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=attribute):
                if owner == client:
                    yield attribute


def in_python(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def test_permissions_name_every_action(template: Template) -> None:
    """Nobody has an action by wildcard."""
    granted = [action for statement in statements(template) for action in actions(statement)]
    assert len(granted) > 30
    assert [action for action in granted if not re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action)] == []


def test_only_what_takes_no_arn_is_allowed_everywhere(template: Template) -> None:
    """Log deliveries and traces."""
    everywhere = {
        action.partition(":")[0]
        for statement in statements(template)
        for action in actions(statement)
        if statement.get("Resource") == "*"
    }
    assert everywhere == {"logs", "xray"}


def test_policies_are_of_the_language_s_present_version(template: Template) -> None:
    """The one of 2008, which is the default, does not know variables."""
    versions = {document["Version"] for found in documents(template).values() for document in found}
    assert versions == {"2012-10-17"}


def test_the_client_policy_allows_what_the_client_calls(root: Path, template: Template) -> None:
    """Every call of delay/, and none besides."""
    called = [f"states:{operation}" for operation in calls(root, "_sfn", "stepfunctions")]
    assert called
    assert allowed(template, "DelayClientPolicy", "states") == called


def test_a_client_reaches_one_state_machine_and_its_executions(template: Template) -> None:
    """Others of the same account stay closed to it."""
    machine = [{"Ref": "DelayStateMachine"}, {"Fn::Sub": "${DelayStateMachine}:live"}]
    executions = {
        "Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
        "execution:${DelayStateMachine.Name}:*"
    }
    for statement in statements(template, "DelayClientPolicy"):
        for action in actions(statement):
            service, _, operation = action.partition(":")
            if service == "states":
                wanted = machine if operation in ON_THE_STATE_MACHINE else executions
                assert statement["Resource"] == wanted, action


def test_other_stacks_find_the_client_policy(template: Template) -> None:
    """A service's stack imports it by name and attaches it to its role."""
    output = template["Outputs"]["DelayClientPolicyArn"]
    assert output["Export"] == {"Name": {"Fn::Sub": "${AWS::StackName}-DelayClientPolicyArn"}}


def test_finding_the_stack_is_for_people(root: Path, template: Template) -> None:
    """A service knows the ARN; a person at a terminal names the stack."""
    called = [f"cloudformation:{name}" for name in calls(root, "cloudformation", "cloudformation")]
    assert called
    assert allowed(template, "DelayOperatorPolicy", "cloudformation") == called
    assert allowed(template, "DelayClientPolicy", "cloudformation") == []


def test_emptying_the_dead_letter_queue_is_for_people(root: Path, template: Template) -> None:
    """Of one queue, by the calls that the code makes; those for several messages are the same action."""
    called = [f"sqs:{name.removesuffix('Batch')}" for name in calls(root, "_sqs", "sqs")]
    assert called
    assert allowed(template, "DelayOperatorPolicy", "sqs") == called
    assert allowed(template, "DelayClientPolicy", "sqs") == []
    of_queue = [
        found for found in statements(template, "DelayOperatorPolicy") if "sqs:" in str(actions(found))
    ]
    assert [found["Resource"] for found in of_queue] == [{"Fn::GetAtt": "DeadLetterQueue.Arn"}]


def test_an_execution_may_call_one_function_only(template: Template) -> None:
    """In any of its versions, for a task that waits calls an old one; and nothing else of Lambda."""
    found = [
        (actions(statement), statement["Resource"])
        for statement in statements(template, "DelayStateMachineRole")
        if any(action.startswith("lambda:") for action in actions(statement))
    ]
    assert found == [(["lambda:InvokeFunction"], {"Fn::Sub": "${HelloWorldFunction.Arn}:*"})]


def test_the_function_may_write_its_log_and_its_traces(template: Template) -> None:
    """So it starts out: what else it needs is for whoever puts work in its place."""
    granted = [
        action for found in statements(template, "HelloWorldFunctionRole") for action in actions(found)
    ]
    assert granted == [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]


def test_the_function_has_its_table_only_where_there_is_one(template: Template) -> None:
    """And of it what Powertools calls."""
    assert template["Resources"]["IdempotencyAccess"]["Condition"] == "HasIdempotencyTable"
    assert allowed(template, "IdempotencyAccess", "dynamodb") == TABLE_CALLS
    (statement,) = statements(template, "IdempotencyAccess")
    assert statement["Resource"] == {"Fn::GetAtt": "Idempotency.Arn"}


def test_only_this_account_can_use_the_role_of_the_state_machine(template: Template) -> None:
    """Step Functions acts for many accounts; it takes this role for state machines of this one alone."""
    role = template["Resources"]["DelayStateMachineRole"]["Properties"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert set(condition["ArnLike"]) == {"aws:SourceArn"}


def test_every_use_of_the_key_says_for_what(template: Template) -> None:
    """A right to the key holds for this state machine, for logs, or by way of one service."""
    used = [found for found in statements(template) if any("kms:" in action for action in actions(found))]
    assert len(used) == 5
    for statement in used:
        assert statement["Resource"] == {"Ref": "KmsKeyArn"}
        (key,) = statement["Condition"]["StringEquals"]
        assert key == "kms:ViaService" or key.startswith("kms:EncryptionContext:")


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("HelloWorldFunctionLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("DelayStateMachineLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("DeadLetterQueue", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}),
        (
            "DelayStateMachine",
            "EncryptionConfiguration",
            {
                "Type": "CUSTOMER_MANAGED_KMS_KEY",
                "KmsKeyId": {"Ref": "KmsKeyArn"},
                "KmsDataKeyReusePeriodSeconds": 300,
            },
        ),
        (
            "Idempotency",
            "SSESpecification",
            {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}},
        ),
    ],
)
def test_a_key_of_one_s_own_encrypts_what_holds_data(
    template: Template, resource: str, name: str, value: object
) -> None:
    """Where there is one; the keys of AWS do otherwise."""
    found = template["Resources"][resource]["Properties"][name]
    assert found == {"Fn::If": ["HasKey", value, {"Ref": "AWS::NoValue"}]}
