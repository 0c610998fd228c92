"""test_state: one state of a user's machine, in the test's own process."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.errors import (
    InvalidDefinition,
    InvalidExecutionInput,
    ServiceError,
    ValidationException,
)
from stepfunctions_local.testing import Mock, Status, test_state

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload": {"id.$": "$.id"}},
    "Next": "Done",
}
ITEMS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
MAP = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": ITEMS, "End": True}
DISTRIBUTED = MAP | {"ItemProcessor": ITEMS | {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}}
PARALLEL = {"Type": "Parallel", "Branches": [ITEMS], "End": True}
PASS = {"Type": "Pass", "End": True}
FOREIGN = "arn:aws:states:::newer:act"


def read_fault(definition: Any, state: str | None = None, **circumstances: Any) -> str:
    """Return the type and message of a refusal."""
    with pytest.raises(ServiceError) as refused:
        test_state(definition, state, **circumstances)
    return f"{refused.value.code}: {refused.value}"


def test_a_definition_can_be_an_object_a_text_or_a_file(tmp_path: Path) -> None:
    """All give the same result."""
    file = tmp_path / "state.asl.json"
    file.write_text(json.dumps(PASS))
    results = {test_state(each, input=1).output for each in (PASS, json.dumps(PASS), file, str(file))}
    assert results == {1}


def test_a_state_of_a_whole_definition_may_lie_within_another() -> None:
    """The other states of the definition are not run, so they may use any service."""
    machine: dict[str, Any] = {"StartAt": "M", "States": {"M": {**MAP}}}
    machine["States"]["M"]["ItemProcessor"] = {
        "StartAt": "P",
        "States": {
            "P": {"Type": "Pass", "Next": "Q"},
            "Q": {"Type": "Task", "Resource": FOREIGN, "Credentials": {"RoleArn": "arn:x"}, "End": True},
        },
    }
    assert test_state(machine, "P", input={"a": 1}).next_state == "Q"
    assert test_state(machine, "Q", mock=Mock({"FaceDetails": []})).output == {"FaceDetails": []}


def test_a_result_has_the_data_on_the_way() -> None:
    """Parameters, result and output, with random values that are the same in all of them."""
    task = TASK | {"ResultSelector": {"id.$": "States.UUID()", "is.$": "$.Payload"}, "ResultPath": "$.r"}
    ended = test_state(task, input={"id": 7}, mock=Mock({"Payload": 8}))
    assert (ended.status, ended.next_state, ended.error) == (Status.SUCCEEDED, "Done", None)
    assert ended.inspection["afterParameters"] == {"FunctionName": "f", "Payload": {"id": 7}}
    assert ended.output == {"id": 7, "r": ended.inspection["afterResultSelector"]}
    assert ended.output == ended.inspection["afterResultPath"]


def test_the_data_end_where_the_state_failed() -> None:
    """InputPath worked; Parameters did not."""
    failed = test_state(TASK, input={}, mock=Mock({}))
    assert failed.status is Status.FAILED
    assert failed.inspection == {"input": {}, "afterInputPath": {}}
    assert "'StateName'" in (failed.cause or "")


def test_a_failed_evaluation_can_be_caught() -> None:
    """The result's path conflicts with the input, which is a failure of its own name."""
    caught = test_state(
        TASK | {"ResultPath": "$.id.r", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]},
        input={"id": 7},
        mock=Mock({}),
    )
    assert (caught.status, caught.next_state) == (Status.CAUGHT_ERROR, "F")
    assert caught.error == "States.ReferencePathConflict"
    assert caught.inspection["errorDetails"] == {"catchIndex": 0}


def test_a_failure_goes_to_the_catcher_once_the_retrier_has_no_attempts_left() -> None:
    """Both are named."""
    task = TASK | {
        "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["X"], "Next": "A"}, {"ErrorEquals": ["E"], "Next": "B"}],
    }
    retried, caught = (
        test_state(task, input={"id": 7}, mock=Mock(error="E"), retry_count=count) for count in (0, 1)
    )
    assert retried.inspection["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 1}
    assert (caught.next_state, caught.inspection["errorDetails"]) == ("B", {"retryIndex": 0, "catchIndex": 1})


def test_a_failing_catcher_fails_the_state() -> None:
    """Its own error is the one that counts."""
    catcher = {"ErrorEquals": ["E"], "Next": "A", "Output": "{% $states.nope %}"}
    task = {"Type": "Task", "QueryLanguage": "JSONata", "Resource": FOREIGN, "Catch": [catcher], "End": True}
    failed = test_state(task, mock=Mock(error="E"))
    assert (failed.status, failed.error) == (Status.FAILED, "States.QueryEvaluationError")


def test_variables_are_read_and_assigned() -> None:
    """The data on the way have all of them after the state."""
    ended = test_state(PASS | {"Assign": {"b.$": "$a"}}, variables={"a": 1})
    assert ended.inspection["variables"] == {"a": 1, "b": 1}


def test_a_context_object_is_made_up_where_none_is_given() -> None:
    """A part that is given replaces the made-up one."""
    task = TASK | {"Parameters": {"FunctionName.$": "$$.Execution.Name", "Payload.$": "$$.State.RetryCount"}}
    named = test_state(task, context={"Execution": {"Name": "order-42"}}, mock=Mock({}), retry_count=3)
    assert named.inspection["afterParameters"] == {"FunctionName": "order-42", "Payload": 3}


def test_a_task_that_waits_for_its_token_has_one() -> None:
    """So has its mock, whose result is not that of the call."""
    task = TASK | {
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
    }
    ended = test_state(task, mock=Mock("approved"))
    assert ended.output == "approved"
    parameters = ended.inspection["afterParameters"]
    assert isinstance(parameters, dict)
    assert parameters["MessageBody"]


def test_a_wait_ends_at_once() -> None:
    """Whatever its length."""
    wait = {"Type": "Wait", "SecondsPath": "$.s", "Next": "A"}
    assert test_state(wait, input={"s": 2_000_000_000}).next_state == "A"


def test_an_output_beyond_the_limit_fails_the_state() -> None:
    """As on AWS, for 256 KiB."""
    long = PASS | {"Parameters": {f"{n}.$": "$" for n in range(20)}}
    assert test_state(long, input="x" * 20_000).error == "States.DataLimitExceeded"


def test_a_map_shows_its_items_and_inputs() -> None:
    """ItemsPath and ItemSelector are evaluated; the mock stands in for the branches."""
    selecting = MAP | {"ItemSelector": {"n.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}}
    ended = test_state(selecting, input={"items": ["a", "b"]}, mock=Mock([1, 2]))
    assert ended.output == [1, 2]
    assert ended.inspection["afterItemsPath"] == ["a", "b"]
    assert ended.inspection["afterItemSelector"] == [{"n": 0, "v": "a"}, {"n": 1, "v": "b"}]


def test_a_map_whose_items_cannot_be_evaluated_fails() -> None:
    """The mock is not asked then."""
    selecting = MAP | {"ItemSelector": {"v.$": "$$.Map.Item.Value.v"}}
    failed = test_state(selecting, input={"items": [{"v": 1}, {}]}, mock=Mock([1, 2]))
    assert failed.error == "States.Runtime"


def test_inputs_that_are_too_large_to_show_are_left_out() -> None:
    """The state itself is not hindered."""
    selecting = MAP | {"ItemSelector": {"all.$": "$", "v.$": "$$.Map.Item.Value"}}
    ended = test_state(selecting, input={"items": ["x" * 100] * 100}, mock=Mock([]))
    assert ended.status is Status.SUCCEEDED
    assert "afterItemSelector" not in ended.inspection


@pytest.mark.parametrize(
    ("tolerance", "failed", "status"),
    [
        ({"ToleratedFailureCount": 2}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentagePath": "$.most"}, 3, "FAILED"),
        ({}, 4, "SUCCEEDED"),
    ],
)
def test_a_map_fails_beyond_its_tolerance(tolerance: dict[str, Any], failed: int, status: str) -> None:
    """One without a tolerance does not, as recorded on AWS."""
    ended = test_state(
        DISTRIBUTED | tolerance,
        input={"items": [1, 2, 3, 4], "most": 50},
        mock=Mock([0, 0, 0, 0]),
        failed_items=failed,
    )
    assert ended.status == status
    assert ended.error == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


@pytest.mark.parametrize(
    ("config", "text", "items"),
    [
        ({"InputType": "JSON"}, "[1, 2]", [1, 2]),
        ({"InputType": "JSON", "MaxItems": 1}, "[1, 2]", [1]),
        ({"InputType": "JSON"}, '{"a": 1}', [{"Key": "a", "Value": 1}]),
        ({"InputType": "JSON", "ItemsPointer": "/a/0/b~1c"}, '{"a": [{"b/c": [3]}]}', [3]),
        ({"InputType": "JSONL"}, '{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "CSVDelimiter": "PIPE"},
            "1|2\n3\n",
            [{"a": "1"}, {"a": "3"}],
        ),
    ],
)
def test_an_item_reader_reads_the_given_text(config: dict[str, Any], text: str, items: list[Any]) -> None:
    """In the formats of ReaderConfig."""
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}
    reading = DISTRIBUTED | {"ItemReader": reader, "ItemSelector": {"v.$": "$$.Map.Item.Value"}}
    ended = test_state(reading, item_reader_data=text, mock=Mock([]))
    assert ended.inspection["afterItemSelector"] == [{"v": item} for item in items]


@pytest.mark.parametrize("text", ["{nope", "3", '{"a": 1}'])
def test_an_item_reader_that_finds_no_items_fails_the_state(text: str) -> None:
    """With the error that Catch can name."""
    config = {"InputType": "JSON", "ItemsPointer": "/items"} if text.endswith("}") else {"InputType": "JSON"}
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}
    caught = test_state(
        DISTRIBUTED
        | {"ItemReader": reader, "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "F"}]},
        item_reader_data=text,
        mock=Mock([]),
    )
    assert (caught.status, caught.next_state) == (Status.CAUGHT_ERROR, "F")


def test_an_item_batcher_cuts_the_inputs() -> None:
    """By number and by size."""
    by_number = DISTRIBUTED | {"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"a.$": "$.a"}}}
    by_size = DISTRIBUTED | {"ItemBatcher": {"MaxInputBytesPerBatchPath": "$.a"}}
    given: Any = {"items": [1, 22, 333], "a": 3}
    assert test_state(by_number, input=given, mock=Mock([])).inspection["afterItemBatcher"] == [
        {"BatchInput": {"a": 3}, "Items": [1, 22]},
        {"BatchInput": {"a": 3}, "Items": [333]},
    ]
    assert test_state(by_size, input=given, mock=Mock([])).inspection["afterItemBatcher"] == [
        {"Items": [1, 22]},
        {"Items": [333]},
    ]


@pytest.mark.parametrize(
    ("definition", "circumstances", "fault"),
    [
        (PASS, {"mock": Mock(1)}, "ValidationException: State type 'Pass' is not supported when a mock is"),
        (MAP, {}, "InvalidDefinition: TestState API does not support Map or Parallel states."),
        (PARALLEL, {}, "InvalidDefinition: TestState API does not support Map or Parallel states."),
        (PARALLEL, {"mock": Mock([1, 2])}, "ValidationException: Mocked result must contain the same number"),
        (MAP, {"mock": Mock({})}, "ValidationException: Mocked result must be an array."),
        (PARALLEL, {"mock": Mock({})}, "ValidationException: Mocked result must be an array."),
        (
            MAP,
            {"mock": Mock([1]), "failed_items": 2},
            "ValidationException: Map iteration failure count must be less than or equal to the number",
        ),
        (
            MAP,
            {"mock": Mock(error="E"), "input": {"items": [1]}, "failed_items": 2},
            "ValidationException: Map iteration failure count must be less than or equal to the number",
        ),
        (
            TASK,
            {"retry_count": 1},
            "ValidationException: TestState does not support RetrierRetryCount when a mock is not specified.",
        ),
        (
            TASK,
            {"context": {}},
            "ValidationException: TestState does not support Context when a mock is not specified.",
        ),
        (
            TASK,
            {"mock": Mock({}), "failed_items": 1},
            "ValidationException: State type 'Task' is not supported when MapIterationFailureCount is",
        ),
        (
            MAP,
            {"mock": Mock(error="E"), "error_caused_by": "Q"},
            "ValidationException: State not found in definition",
        ),
        (TASK, {"mock": Mock({}, error="E")}, "ValidationException: A test mock should have only one of"),
        (
            TASK,
            {"mock": Mock()},
            "ValidationException: The mocked errorOutput must have the field 'error'.",
        ),
        (
            TASK | {"Resource": "arn:aws:states:us-east-1:123456789012:activity:A"},
            {},
            "InvalidDefinition: TestState API does not support Activity tasks, .sync or .waitForTaskToken",
        ),
        (TASK | {"Resource": FOREIGN}, {}, "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA"),
        (TASK, {"input": {"id": 1}}, "InvalidDefinition: The state calls arn:aws:states:::lambda:invoke"),
        (PASS, {"variables": {"states": 1}}, "ValidationException: Invalid variables provided: The variable"),
        (
            PASS,
            {"variables": [1]},
            "ValidationException: Invalid variables provided: variables must be a",
        ),
        (
            {"Type": "Task", "Resource": "f", "End": True},
            {"mock": Mock(1)},
            "InvalidDefinition: Invalid State",
        ),
        (
            '{"Type": "Pass", "End": true, "End": true}',
            {},
            "InvalidDefinition: Invalid State Machine Definition",
        ),
        (MAP | {"ItemProcessor": ITEMS | {"StartAt": "Q"}}, {"mock": Mock([])}, "InvalidDefinition: Invalid"),
        ("{", {}, "InvalidDefinition: Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION"),
    ],
)
def test_a_test_that_does_not_fit_its_state_is_refused(
    definition: Any, circumstances: dict[str, Any], fault: str
) -> None:
    """In AWS's words if they are known."""
    assert read_fault(definition, **circumstances).startswith(fault)


def test_an_unknown_state_is_refused() -> None:
    """As is a state where a whole definition should be, and the other way round, both with advice."""
    machine = {"StartAt": "P", "States": {"P": PASS}}
    assert read_fault(machine, "Q") == "ValidationException: State not found in definition"
    assert read_fault(machine).endswith("To test a state of a whole definition, name it in stateName.")
    assert read_fault(PASS, "P").endswith("To test a definition of one state alone, leave stateName out.")


@pytest.mark.parametrize(
    ("context", "fault"),
    [
        ({"Map": {}}, "'Map' field is not supported when mocking a Context object"),
        ({"Nope": {}}, "Field 'Nope' is not allowed"),
        ({"Task": {"Nope": 1}}, "Field 'Nope' is not allowed"),
        ({"State": {"Name": 1}}, "State.Name must be a string"),
        ({"State": {"RetryCount": "1"}}, "State.RetryCount must be a number"),
        ({"State": {"RetryCount": True}}, "State.RetryCount must be a number"),
        ({"State": 1}, "State must be an object"),
        ([], "Context object must be a JSON object"),
    ],
)
def test_a_context_object_has_the_parts_of_aws_alone(context: Any, fault: str) -> None:
    """The part and the field are named."""
    prefix = "ValidationException: Invalid Context object provided: "
    assert read_fault(TASK, context=context, mock=Mock({})) == prefix + fault


def test_an_input_beyond_the_limit_is_refused() -> None:
    """As StartExecution refuses it."""
    with pytest.raises(InvalidExecutionInput):
        test_state(PASS, input="x" * 300_000)


def test_errors_of_the_helper_are_those_of_the_api() -> None:
    """A test of a user's can name them."""
    assert issubclass(InvalidDefinition, ServiceError)
    assert issubclass(ValidationException, ServiceError)


def test_a_parallel_shows_what_its_branches_would_get() -> None:
    """Its Parameters are evaluated; the mock stands in for the branches."""
    parallel = PARALLEL | {"Parameters": {"a.$": "$.b"}, "ResultPath": "$.r"}
    ended = test_state(parallel, input={"b": 1}, mock=Mock([2]))
    assert ended.output == {"b": 1, "r": [2]}
    assert ended.inspection["afterParameters"] == {"a": 1}
