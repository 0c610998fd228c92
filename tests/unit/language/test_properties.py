"""Any definition is parsed or refused, and its states decide on any data."""

import json
from datetime import datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepfunctions_local.language import (
    Call,
    Failure,
    InvalidDefinition,
    Json,
    Proceed,
    RetryAfter,
    Visit,
    WaitUntil,
    dump_json,
    parse_definition,
    parse_json,
)
from tests.unit.language.samples import CONTEXT, NOW

without_deadline = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A slow computer is no failure."""

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
TEXTS = st.sampled_from(
    [
        "$",
        "$.a",
        "$.a.b",
        "$.a[0]",
        "$..a",
        "$.*",
        "$.a[?(@.b > 1)]",
        "$$.Execution.Id",
        "$x",
        "{% $x %}",
        "{% $states.input.a",
        "JSONata",
        "A",
        "X",
        "Pass",
    ]
) | st.text(max_size=20)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
STATE_FIELDS = """
    Type Comment Next End InputPath OutputPath ResultPath Parameters Result ResultSelector Retry Catch Seconds
    SecondsPath Timestamp TimestampPath Choices Default Variable And Or Not IsPresent NumericEqualsPath Error
    ErrorPath Resource TimeoutSeconds HeartbeatSecondsPath ErrorEquals MaxAttempts StringMatches a a.$ b
    QueryLanguage Arguments Output Assign Condition
"""
NAMES = st.sampled_from(STATE_FIELDS.split()) | st.text(max_size=5)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
STATES = st.dictionaries(NAMES, JSON, max_size=6).flatmap(
    lambda fields: st.sampled_from(["Pass", "Wait", "Task", "Choice", "Succeed", "Fail", "Map"]).map(
        lambda type_name: {**fields, "Type": type_name}
    )
)


@without_deadline
@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_a_definition_or_refused(text: str) -> None:
    """InvalidDefinition is the only error, and its message can be sent."""
    try:
        parse_definition(text)
    except InvalidDefinition as error:
        str(error).encode()


@without_deadline
@given(st.dictionaries(st.sampled_from(["X", "A"]) | st.text(max_size=3), STATES | JSON, max_size=3))
def test_any_states_are_parsed_or_refused(states: dict[str, Any]) -> None:
    """Their fields are arbitrary."""
    try:
        parse_definition(json.dumps({"StartAt": "X", "States": states}))
    except InvalidDefinition as error:
        str(error).encode()


EXPRESSIONS = st.sampled_from(
    [
        "$",
        "$.a",
        "$.a[0].b",
        "$..a",
        "$..*",
        "$.*[0:2]",
        "$.a[?(@.b > 1)]",
        "$.a[?(@.b == $.c)]",
        "$.a[?(@.a != x && (@.b < @.c))]",
        "$.a[(@.length-1)]['a','b']",
        "$.a[?(!@.a || @.b <= 'x')].b",
        "$.a[-1]",
        "$[0,-1]",
        "$$",
        "$$.Execution",
        "States.Format('{}:{}', $.a, $)",
        "States.Format($.a, $.b)",
        "States.StringToJson($.a)",
        "States.JsonToString($)",
        "States.Array($, $.a)",
        "States.ArrayPartition($.a, $.b)",
        "States.ArrayContains($.a, $.b)",
        "States.ArrayRange($.a, $.b, $.c)",
        "States.ArrayGetItem($.a, $.b)",
        "States.ArrayLength($.a)",
        "States.ArrayUnique($.a)",
        "States.Base64Encode($.a)",
        "States.Base64Decode($.a)",
        "States.Hash($.a, $.b)",
        "States.Hash($.a, 'MD5')",
        "States.JsonMerge($.a, $.b, false)",
        "States.MathRandom($.a, $.b)",
        "States.MathRandom(1, 5, $.a)",
        "States.MathAdd($.a, $.b)",
        "States.StringSplit($.a, $.b)",
        "States.UUID()",
    ]
)
DATA = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3) | JSON


def build_visit(value: Json) -> Visit:
    """Return a visit with this input, parsed from its text."""
    return Visit(parse_json(json.dumps(value)), lambda: CONTEXT, 2, NOW, (), Random(1))


def check_decision(decision: object) -> None:
    """Require that a decision can be stored and sent."""
    match decision:
        case Proceed(output, _):
            text = dump_json(output)
            parse_json(text)
            text.encode()
        case Call(_, parameters, _, _):
            dump_json(parameters).encode()
        case WaitUntil(due):
            assert isinstance(due, datetime)
        case RetryAfter(seconds, _):
            assert 0 <= seconds < 10**9
        case Failure(error, cause):
            f"{error}{cause}".encode()
        case _:
            raise AssertionError(decision)


@without_deadline
@given(EXPRESSIONS, DATA, DATA)
def test_a_task_decides_on_any_data(expression: str, value: Json, result: Json) -> None:
    """It decides before the call, after it, and after a failure."""
    task = {
        "Type": "Task",
        "Resource": ARN,
        "Parameters": {"x.$": expression},
        "ResultSelector": {"y.$": expression},
        "ResultPath": "$.a.b[0]",
        "TimeoutSecondsPath": "$.c",
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.a", "Next": "X"}],
        "End": True,
    }
    state = parse_definition(json.dumps({"StartAt": "X", "States": {"X": task}})).states["X"]
    visit = build_visit(value)
    for decision in (state.enter(visit), state.succeed(visit, result), state.fail(visit, Failure("E", "c"))):
        check_decision(decision)


@without_deadline
@given(EXPRESSIONS, DATA)
def test_data_flow_accepts_any_data(expression: str, value: Json) -> None:
    """The expression stands in a Pass state and, if allowed, in a Fail state."""
    path = expression if expression.startswith("$") else "$"
    fields = {"InputPath": path, "OutputPath": path, "Parameters": {"x.$": expression, "z": {"y.$": "$.a"}}}
    passing = {"Type": "Pass", "ResultPath": "$.a", "Next": "Y", **fields}
    failing = {"Type": "Fail", "ErrorPath": path, "CausePath": "States.Format($.a, $.b)"}
    states = parse_definition(json.dumps({"StartAt": "X", "States": {"X": passing, "Y": failing}})).states
    check_decision(states["X"].enter(build_visit(value)))
    check_decision(states["Y"].enter(build_visit(value)))


@without_deadline
@given(st.sampled_from(["SecondsPath", "TimestampPath"]), JSON)
def test_a_wait_decides_on_any_time(field: str, value: Json) -> None:
    """It waits or fails."""
    wait = {"Type": "Wait", field: "$.a", "End": True}
    state = parse_definition(json.dumps({"StartAt": "X", "States": {"X": wait}})).states["X"]
    check_decision(state.enter(build_visit({"a": value})))
    check_decision(state.wake(build_visit({"a": value})))


@without_deadline
@given(DATA)
def test_a_choice_decides_on_any_variables(value: Json) -> None:
    """Every comparison takes any two values."""
    operators = [
        f"{kind}{relation}Path"
        for kind in ("String", "Numeric", "Timestamp")
        for relation in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    ]
    rules: list[dict[str, Any]] = [{"Variable": "$.a", name: "$.b", "Next": "X"} for name in operators]
    rules += [{"Variable": "$.a", "StringMatches": "a*b", "Next": "X"}]
    choice = {"Type": "Choice", "Choices": rules, "Default": "E"}
    text = json.dumps({"StartAt": "X", "States": {"X": choice, "E": {"Type": "Succeed"}}})
    check_decision(parse_definition(text).states["X"].enter(build_visit(value)))
