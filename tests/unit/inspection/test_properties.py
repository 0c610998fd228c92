"""Any test of a state has a result or is refused."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.inspection.context import Surrounding
from stepfunctions_local.inspection.rehearsal import prepare
from stepfunctions_local.inspection.request import read_state_test
from stepfunctions_local.inspection.result import StateResult, build_reply
from stepfunctions_local.inspection.run import begin, finish
from stepfunctions_local.language import Call, parse_json

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 1, 2.5, "a", "$.a", "$$.Map.Item.Value", "{% $states.input %}", [], [1], {}]
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "a.$", "FunctionName", "Payload"]), VALUES, max_size=2)
PATHS = st.sampled_from([None, "$", "$.a", "$.a.b", "$$.Execution.Input", "$x"])
ITEMS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
DISTRIBUTED = ITEMS | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
READERS = [{}, {"ReaderConfig": {"InputType": "CSV"}}, {"ReaderConfig": {"ItemsPointer": "/a"}}, 1]
NUMBERS = st.sampled_from([0, 1, "{% 1 %}", "{% $states.input.a %}", -1])

COMMON = {
    "QueryLanguage": st.sampled_from(["JSONPath", "JSONata"]),
    **dict.fromkeys(("InputPath", "OutputPath", "ResultPath"), PATHS),
    **dict.fromkeys(("Parameters", "Arguments", "Assign", "ResultSelector"), OBJECTS),
    "Output": VALUES,
}
HANDLING = {
    "Retry": st.just([{"ErrorEquals": ["E"], "JitterStrategy": "FULL"}]),
    "Catch": st.just([{"ErrorEquals": ["States.ALL"], "Next": "C"}]),
}
MAPS = {
    "ItemsPath": PATHS,
    "Items": VALUES,
    "ItemReader": st.sampled_from(READERS),
    "ItemSelector": OBJECTS,
    "ItemBatcher": st.sampled_from([{}, {"MaxItemsPerBatch": 1}, {"MaxItemsPerBatchPath": "$.a"}, 1]),
    "ResultWriter": st.sampled_from([{}, {"Resource": "arn:aws:states:::s3:putObject"}, 1]),
    "Label": VALUES,
    "MaxConcurrency": NUMBERS,
    "ToleratedFailureCount": NUMBERS,
    "ToleratedFailurePercentagePath": PATHS,
}
RESOURCES = [
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::aws-sdk:kms:encrypt",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "arn:aws:lambda:us-east-1:123456789012:function:F",
    "x",
]
KINDS: dict[str, tuple[dict[str, st.SearchStrategy[Any]], dict[str, st.SearchStrategy[Any]]]] = {
    "Pass": ({}, {"Result": VALUES}),
    "Task": ({"Resource": st.sampled_from(RESOURCES)}, HANDLING),
    "Map": ({"ItemProcessor": st.sampled_from([ITEMS, DISTRIBUTED])}, HANDLING | MAPS),
    "Parallel": ({"Branches": st.just([ITEMS, ITEMS])}, HANDLING),
    "Wait": ({"Seconds": st.just(1)}, {}),
}


def build_states(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Build states of a type, with a few of the fields that it can have."""
    required, optional = KINDS[kind]
    fields = list({**COMMON, **optional}.items())
    chosen = st.lists(st.sampled_from(fields), max_size=3).flatmap(
        lambda some: st.fixed_dictionaries({**required, **dict(some)})
    )
    return chosen.map(lambda values: {"Type": kind, "Next": "N", **values})


STATES = st.sampled_from(list(KINDS)).flatmap(build_states)
TEXTS = VALUES.map(json.dumps) | st.sampled_from(["", "{", '{"a": 1}', '{"a": [1, 2]}', '{"State": {}}'])
ERRORS = st.sampled_from([{"error": "E"}, {"error": "F", "cause": "c"}, {}])
MOCKS = (
    st.fixed_dictionaries({"result": TEXTS | st.just("[1, 2]"), "fieldValidationMode": st.just("NONE")})
    | st.fixed_dictionaries({"errorOutput": ERRORS})
    | st.fixed_dictionaries({}, optional={"result": TEXTS, "errorOutput": ERRORS})
)
CONFIGURATIONS = st.fixed_dictionaries(
    {},
    optional={
        "retrierRetryCount": st.integers(0, 9),
        "errorCausedByState": st.sampled_from(["P", "Q"]),
        "mapIterationFailureCount": st.integers(0, 3),
        "mapItemReaderData": TEXTS,
    },
)
PARTS = {
    "input": st.just('{"a": [1, 2]}') | TEXTS,
    "stateConfiguration": CONFIGURATIONS,
    "variables": st.just('{"x": {"a": 1}}') | TEXTS,
    "context": TEXTS,
    "revealSecrets": st.booleans(),
    "stateName": st.sampled_from(["N", "P"]),
}


@st.composite
def build_requests(draw: st.DrawFn) -> dict[str, Any]:
    """Build requests, most of them with a mock and with one or two further parts."""
    request: dict[str, Any] = {"definition": json.dumps(draw(STATES)), "inspectionLevel": "TRACE"}
    if draw(st.integers(0, 3)):
        request["mock"] = draw(MOCKS)
    for name in draw(st.lists(st.sampled_from(list(PARTS)), max_size=2)):
        request[name] = draw(PARTS[name])
    return request


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(build_requests())
def test_any_request_has_a_result_or_is_refused(request: dict[str, Any]) -> None:
    """A refusal is one of the API's errors, and a result can be sent."""
    surrounding = Surrounding(datetime(2026, 3, 14, tzinfo=UTC), Random(1))
    try:
        result = finish(begin(prepare(read_state_test(request), surrounding)))
    except ServiceError as error:
        str(error).encode()
        return
    if isinstance(result, Call):
        return
    assert isinstance(result, StateResult)
    reply = build_reply(result)
    assert json.dumps(reply).encode()
    assert reply["output"] is None or parse_json(reply["output"]) == result.output
