"""The policies of template.yaml, compared with the calls that the code makes."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.template.calls import list_attributes
from tests.template.policies import actions, documents, list_allowed, statements

Template = dict[str, Any]

ON_THE_STATE_MACHINE = {"StartExecution", "ListExecutions"}
OF_STACK = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}"
NAME = {"Name": {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "FunctionArn"}]}]}}
"""The name in FunctionArn, with which an ARN of the stack's own account and Region is built."""

TABLE_CALLS = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
"""Source: Powertools for AWS Lambda, "Idempotency", on IAM permissions."""


def list_calls(root: Path, client: str, service: str) -> list[str]:
    """Return the sorted operations that delay/ calls on variables and attributes named `client`."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    operations = {to_snake_case(name): name for name in model.operation_names}
    trees = [ast.parse(path.read_text()) for path in root.joinpath("delay").rglob("*.py")]
    used = {name for tree in trees for name in list_attributes(client, tree)}
    return sorted(operations[name] for name in used & operations.keys())


def to_snake_case(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


FIND_RELEASE = "states:DescribeStateMachineAlias"


def test_policies_use_no_wildcards_in_actions(template: Template) -> None:
    """Every action is named in full."""
    granted = [action for statement in statements(template) for action in actions(statement)]
    assert len(granted) > 30
    assert [action for action in granted if not re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action)] == []


def test_only_actions_without_an_arn_are_allowed_on_all_resources(template: Template) -> None:
    """These are log deliveries and traces."""
    everywhere = {
        action.partition(":")[0]
        for statement in statements(template)
        for action in actions(statement)
        if statement.get("Resource") == "*"
    }
    assert everywhere == {"logs", "xray"}


def test_policies_use_the_current_version_of_the_language(template: Template) -> None:
    """The default is the version of 2008, which has no variables."""
    versions = {document["Version"] for found in documents(template).values() for document in found}
    assert versions == {"2012-10-17"}


def test_client_policy_allows_exactly_the_calls_of_the_client(root: Path, template: Template) -> None:
    """It has every call of delay/ but the one that only operators need, and no other."""
    called = [f"states:{operation}" for operation in list_calls(root, "_sfn", "stepfunctions")]
    called.remove(FIND_RELEASE)
    assert list_allowed(template, "DelayClientPolicy", "states") == called


def test_only_operators_may_find_the_release_that_tasks_move_to(template: Template) -> None:
    """They may look at the one alias."""
    assert list_allowed(template, "DelayOperatorPolicy", "states") == [FIND_RELEASE]
    (found,) = (each for each in statements(template, "DelayOperatorPolicy") if FIND_RELEASE in actions(each))
    assert found["Resource"] == {"Fn::Sub": "${DelayStateMachine}:live"}


def test_client_may_use_one_state_machine_and_its_executions(template: Template) -> None:
    """It may not use others of the same account."""
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


@pytest.mark.parametrize("name", ["DelayClientPolicyArn", "DelaySchedulerPolicyArn", "TableClientPolicyArn"])
def test_policy_of_a_service_is_exported_to_other_stacks(template: Template, name: str) -> None:
    """A service's stack imports the policy by name and attaches it to its role."""
    output = template["Outputs"][name]
    assert output["Export"] == {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}}


def test_scheduler_may_start_tasks_and_nothing_else(template: Template) -> None:
    """It is for one state machine and its alias."""
    (statement,) = statements(template, "DelaySchedulerPolicy")
    assert actions(statement) == ["states:StartExecution"]
    assert statement["Resource"] == [{"Ref": "DelayStateMachine"}, {"Fn::Sub": "${DelayStateMachine}:live"}]


def test_only_operators_may_find_the_stack(root: Path, template: Template) -> None:
    """A service knows the ARN; an operator at a terminal names the stack."""
    called = [f"cloudformation:{name}" for name in list_calls(root, "cloudformation", "cloudformation")]
    assert called
    assert list_allowed(template, "DelayOperatorPolicy", "cloudformation") == called
    assert list_allowed(template, "DelayClientPolicy", "cloudformation") == []


def test_only_operators_may_empty_the_dead_letter_queue(root: Path, template: Template) -> None:
    """They may make the code's calls on one queue; a batch call needs the same action as a single one."""
    called = [f"sqs:{name.removesuffix('Batch')}" for name in list_calls(root, "_sqs", "sqs")]
    assert called
    assert list_allowed(template, "DelayOperatorPolicy", "sqs") == called
    assert list_allowed(template, "DelayClientPolicy", "sqs") == []
    of_queue = [
        found for found in statements(template, "DelayOperatorPolicy") if "sqs:" in str(actions(found))
    ]
    assert [found["Resource"] for found in of_queue] == [{"Fn::GetAtt": "DeadLetterQueue.Arn"}]


def test_execution_may_call_only_one_function(template: Template) -> None:
    """It may call any version, because a waiting task calls an old one, and do nothing else in Lambda."""
    found = [
        (actions(statement), statement["Resource"])
        for statement in statements(template, "DelayStateMachineRole", "HelloWorldFunctionAccess")
        if any(action.startswith("lambda:") for action in actions(statement))
    ]
    ((allowed, resource),) = found
    assert allowed == ["lambda:InvokeFunction"]
    assert resource["Fn::If"] == [
        "HasFunctionArn",
        [{"Fn::Sub": [OF_STACK, NAME]}, {"Fn::Sub": [f"{OF_STACK}:*", NAME]}],
        {"Fn::Sub": "${HelloWorldFunction.Arn}:*"},
    ]


def test_function_may_only_write_its_log_and_traces(template: Template) -> None:
    """The author of the real work adds the permissions that it needs."""
    granted = [
        action for found in statements(template, "HelloWorldFunctionRole") for action in actions(found)
    ]
    assert granted == [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]


def test_function_may_use_its_table_only_if_there_is_one(template: Template) -> None:
    """It may make the calls of Powertools, on this table alone."""
    assert template["Resources"]["IdempotencyAccess"]["Condition"] == "HasIdempotencyTable"
    assert list_allowed(template, "IdempotencyAccess", "dynamodb") == TABLE_CALLS
    (statement,) = statements(template, "IdempotencyAccess")
    assert statement["Resource"] == {"Fn::GetAtt": "Idempotency.Arn"}


def test_reconciliation_may_only_compare_and_send(template: Template) -> None:
    """It lists executions, which shows no payload, and reads and sends letters."""
    granted = {action for found in statements(template, "ReconciliationRole") for action in actions(found)}
    assert {action for action in granted if not action.startswith(("logs:", "kms:"))} == {
        "states:ListExecutions",
        "sqs:ChangeMessageVisibility",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    }
    of_queue = [
        found for found in statements(template, "ReconciliationRole") if "sqs:" in str(actions(found))
    ]
    assert [found["Resource"] for found in of_queue] == [{"Fn::GetAtt": "DeadLetterQueue.Arn"}]


def test_reconciliation_may_make_its_calls(root: Path, template: Template) -> None:
    """No other call than those is in its code; a batch call needs the same action as a single one."""
    tree = ast.parse(root.joinpath("reconciliation", "reconcile.py").read_text())
    for client, service in (("_sfn", "stepfunctions"), ("_sqs", "sqs")):
        model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        operations = {to_snake_case(name): name.removesuffix("Batch") for name in model.operation_names}
        called = {operations[name] for name in list_attributes(client, tree) if name in operations}
        prefix = {"stepfunctions": "states"}.get(service, service)
        assert sorted(f"{prefix}:{name}" for name in called) == list_allowed(
            template, "ReconciliationRole", prefix
        )


@pytest.mark.parametrize(
    ("role", "action", "resource"),
    [
        ("ReconciliationScheduleRole", "lambda:InvokeFunction", {"Fn::GetAtt": "ReconciliationFunction.Arn"}),
        ("TableDrainScheduleRole", "lambda:InvokeFunction", {"Fn::GetAtt": "TableDrainFunction.Arn"}),
        ("TableSweepScheduleRole", "lambda:InvokeFunction", {"Fn::GetAtt": "TableSweepFunction.Arn"}),
        (
            "CanaryRole",
            "states:StartExecution",
            [{"Ref": "DelayStateMachine"}, {"Fn::Sub": "${DelayStateMachine}:live"}],
        ),
    ],
)
def test_schedule_may_only_call_its_target(
    template: Template, role: str, action: str, resource: object
) -> None:
    """EventBridge Scheduler acts for many accounts, and may assume the role only for this one."""
    (statement,) = statements(template, role)
    assert (actions(statement), statement["Resource"]) == ([action], resource)
    trust = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_role_of_the_state_machine_is_for_this_account_only(template: Template) -> None:
    """Step Functions acts for many accounts, and may assume this role only for this one's state machines."""
    role = template["Resources"]["DelayStateMachineRole"]["Properties"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert set(condition["ArnLike"]) == {"aws:SourceArn"}


def test_every_permission_for_the_key_is_conditional(template: Template) -> None:
    """Each one is limited to this state machine, to logs, or to one service."""
    used = [found for found in statements(template) if any("kms:" in action for action in actions(found))]
    assert len(used) == 11
    for statement in used:
        assert statement["Resource"] == {"Ref": "KmsKeyArn"}
        (key,) = statement["Condition"]["StringEquals"]
        assert key == "kms:ViaService" or key.startswith("kms:EncryptionContext:")


def test_policy_of_the_key_on_its_page_names_every_service_that_uses_it(root: Path) -> None:
    """No role of the stack can stand for these: logs, their delivery, EventBridge and CloudWatch."""
    page = root.joinpath("docs/reference/security.md").read_text()
    (policy,) = re.findall(r"```json\n(\[.*?\])\n```", page, re.DOTALL)
    principals = {statement["Principal"]["Service"] for statement in json.loads(policy)}
    assert principals == {
        "logs.REGION.amazonaws.com",
        "delivery.logs.amazonaws.com",
        "events.amazonaws.com",
        "cloudwatch.amazonaws.com",
    }


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("HelloWorldFunctionLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("DelayStateMachineLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("ReconciliationLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("HelloWorldFunction", "KmsKeyArn", {"Ref": "KmsKeyArn"}),
        ("ReconciliationFunction", "KmsKeyArn", {"Ref": "KmsKeyArn"}),
        ("AlarmTopic", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}),
        ("DeadLetterQueue", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}),
        ("TableCallLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("TableDrainLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("TableSweepLogGroup", "KmsKeyId", {"Ref": "KmsKeyArn"}),
        ("TableCallFunction", "KmsKeyArn", {"Ref": "KmsKeyArn"}),
        ("TableDrainFunction", "KmsKeyArn", {"Ref": "KmsKeyArn"}),
        ("TableSweepFunction", "KmsKeyArn", {"Ref": "KmsKeyArn"}),
        ("TaskQueue", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}),
        ("TableDeadLetterQueue", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}),
        (
            "TaskTable",
            "SSESpecification",
            {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}},
        ),
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
def test_own_key_encrypts_every_resource_that_stores_data(
    template: Template, resource: str, name: str, value: object
) -> None:
    """Without it, the keys of AWS encrypt them."""
    found = template["Resources"][resource]["Properties"][name]
    assert found == {"Fn::If": ["HasKey", value, {"Ref": "AWS::NoValue"}]}
