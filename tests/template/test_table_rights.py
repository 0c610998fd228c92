"""The rights on the table of tasks and its queues, compared with the calls that the code makes."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.template.calls import list_attributes
from tests.template.policies import actions, list_rights, statements

Template = dict[str, Any]

OF_TASKS = [{"Fn::GetAtt": "TaskQueue.Arn"}]
OF_LETTERS = [{"Fn::GetAtt": "TableDeadLetterQueue.Arn"}]


@dataclass(frozen=True, slots=True)
class Participant:
    """A resource with a participant's rights.

    `code`: the files of the participant, in which `variable` is the table.
    `writes`: the method that carries out its conditional writes. Only clients create a key row.
    `besides`: methods of the table that its entry point calls.
    """

    resource: str
    code: str
    variable: str = "_table"
    writes: str = "_change"
    besides: frozenset[str] = frozenset()

    def list_methods(self, root: Path) -> set[str]:
        """Return the attributes of the table that the code uses."""
        trees = [ast.parse(path.read_text()) for path in root.glob(self.code)]
        used = {name for tree in trees for name in list_attributes(self.variable, tree)} | self.besides
        return {self.writes if name == "write" else name for name in used}


PARTICIPANTS = [
    Participant("TableDrainRole", "hello_world/task_table/drain.py", besides=frozenset({"set_expiry"})),
    Participant("TableSweepRole", "hello_world/task_table/sweep.py"),
    Participant("TableCallAccess", "hello_world/task_table/call.py"),
    Participant("TableClientPolicy", "delay/table/*.py", variable="table", writes="write"),
]


@pytest.fixture(scope="module")
def requests_of_table(root: Path) -> dict[str, set[str]]:
    """The operations of DynamoDB that each method of the table's class calls, itself or by another method."""
    source = root.joinpath("hello_world", "task_table", "dynamodb.py").read_text()
    (class_,) = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    methods = {node.name: node for node in class_.body if isinstance(node, ast.FunctionDef)}

    def find(name: str) -> set[str]:
        called = set(list_attributes("self", methods[name])) & methods.keys()
        requests = set(list_attributes("_client", methods[name])) - {"exceptions"}
        return requests.union(*map(find, called))

    return {name: find(name) for name in methods}


def to_action(operation: str) -> str:
    """Return the action of an operation: a statement has the action of its kind, and all here insert."""
    name = operation.title().replace("_", "")
    return {"BatchExecuteStatement": "PartiQLInsert"}.get(name, name)


@pytest.mark.parametrize("participant", PARTICIPANTS, ids=lambda participant: participant.resource)
def test_participant_of_the_table_may_make_its_calls_and_no_other(
    root: Path, template: Template, requests_of_table: dict[str, set[str]], participant: Participant
) -> None:
    """All are on the one table. None deletes a row: that is DynamoDB's TTL."""
    called = participant.list_methods(root) & requests_of_table.keys()
    wanted = sorted({to_action(operation) for name in called for operation in requests_of_table[name]})
    assert len(wanted) > 1
    rights = list_rights(template, participant.resource, "dynamodb")
    assert rights == [(wanted, [{"Fn::GetAtt": "TaskTable.Arn"}])]


ON_LETTERS = ["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage"]


@pytest.mark.parametrize(
    ("resource", "messages"),
    [
        ("TableDrainRole", [(["SendMessage"], OF_TASKS)]),
        ("TableSweepRole", [(["SendMessage"], OF_TASKS + OF_LETTERS)]),
        ("TableCallAccess", [([*ON_LETTERS, "SendMessage"], OF_TASKS), (["SendMessage"], OF_LETTERS)]),
        ("TableClientPolicy", [(["SendMessage"], OF_TASKS)]),
        ("TableOperatorPolicy", [(ON_LETTERS, OF_LETTERS)]),
    ],
)
def test_participant_of_the_table_has_its_rights_on_the_queues(
    template: Template, resource: str, messages: list[object]
) -> None:
    """Only the calls receive tasks, and only operators receive failed ones."""
    assert list_rights(template, resource, "sqs") == messages
    services = {
        action.partition(":")[0] for each in statements(template, resource) for action in actions(each)
    }
    assert services <= {"cloudformation", "dynamodb", "kms", "logs", "sqs", "xray"}


def test_both_functions_with_the_handler_have_one_role(template: Template) -> None:
    """A permission that your work needs is added once. The right on the table is a policy of its own."""
    roles = {
        template["Resources"][name]["Properties"]["Role"]["Fn::GetAtt"]
        for name in ("HelloWorldFunction", "TableCallFunction")
    }
    assert roles == {"HelloWorldFunctionRole.Arn"}
    access = template["Resources"]["TableCallAccess"]
    assert access["Properties"]["RoleName"] == {"Ref": "HelloWorldFunctionRole"}
    assert access["Condition"] == "HasTaskTable"


@pytest.mark.parametrize(
    ("resource", "group"),
    [
        ("TableDrainRole", "TableDrainLogGroup"),
        ("TableSweepRole", "TableSweepLogGroup"),
        ("TableCallAccess", "TableCallLogGroup"),
    ],
)
def test_function_of_the_table_writes_to_its_own_log_group(
    template: Template, resource: str, group: str
) -> None:
    """It may write no other."""
    assert list_rights(template, resource, "logs") == [
        (["CreateLogStream", "PutLogEvents"], [{"Fn::GetAtt": f"{group}.Arn"}])
    ]
