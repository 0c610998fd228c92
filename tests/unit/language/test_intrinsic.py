"""Intrinsic functions return the documented results."""

import hashlib
import uuid
from typing import Any

import pytest

from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.jsonpath.intrinsic import InvalidIntrinsic, parse_intrinsic
from tests.unit.language.samples import Enter, MakeVisit

DATA: dict[str, Any] = {
    "name": "Foo",
    "n": 2.5,
    "items": [1, 2, 3, 3, 1.0, True, "1", {"a": 1, "b": 2}, {"b": 2, "a": 1}],
    "object": {"a": 1, "b": {"c": 1}},
    "other": {"b": {"d": 2}},
    "json": '{"x": [1, "é"]}',
}


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("States.Format('Hello, {}.', $.name)", "Hello, Foo."),
        ("States.Format('{} {} {} {}', 1, true, null, $.object)", "1 true null {a=1, b={c=1}}"),
        ("States.Format('{} {}', $.items[0:2], 1e7)", "[1, 2] 1.0E7"),
        (r"States.Format('\{\"{}\"\'\\', $.name)".replace('\\"', '"'), '{"Foo"\'\\'),
        ("States.Format('no placeholder')", "no placeholder"),
        ("States.Format($.name)", "Foo"),
        ("States.StringToJson($.json)", {"x": [1, "é"]}),
        ("States.StringToJson('')", None),
        ("States.StringToJson(' ')", None),
        ("States.JsonToString($.object)", '{"a":1,"b":{"c":1}}'),
        ("States.Array()", []),
        ("States.Array(1, 'a', $.name, States.Array(null))", [1, "a", "Foo", [None]]),
        ("States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayContains($.items, 3)", True),
        ("States.ArrayContains($.items, '3')", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayRange(1, 0, 1)", []),
        ("States.ArrayGetItem($.items, 1)", 2),
        ("States.ArrayLength($.items)", 9),
        ("States.ArrayUnique($.items)", [1, 2, 3, True, "1", {"a": 1, "b": 2}]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"),
        ("States.Base64Decode('w6k=')", "é"),
        ("States.Base64Decode('w6k')", "é"),
        ("States.Base64Encode('é')", "w6k="),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.Hash($.object, 'MD5')", hashlib.md5(b'{"a":1,"b":{"c":1}}').hexdigest()),  # noqa: S324  no secret
        ("States.JsonMerge($.object, $.other, false)", {"a": 1, "b": {"d": 2}}),
        ("States.MathAdd(111, -1)", 110),
        ("States.MathAdd($.n, 1)", 4),
        ("States.StringSplit('1,2,,3', ',')", ["1", "2", "3"]),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
        ("States.StringSplit('a]b^c', ']^')", ["a", "b", "c"]),
        ("States.StringSplit('abc', '')", ["abc"]),
        ("States.ArrayUnique(States.Array(States.Array(1), States.Array(1.0)))", [[1]]),
        ("States.ArrayGetItem(States.StringSplit($$.Execution.Id, ':'), 7)", "order-42"),
        ("  States.Array( 1 , 2 )  ".strip(), [1, 2]),
        ("States.ArrayLength($.items[?(@.a == 1)])", 2),
        ("States.Array(-1.5, 1e2)", [-1.5, 100.0]),
    ],
)
def test_a_function_returns_the_documented_result(call: str, result: object, make_visit: MakeVisit) -> None:
    """Every function and every form of argument has a row."""
    assert parse_intrinsic(call).evaluate(DATA, make_visit()) == result


@pytest.mark.parametrize(
    "call",
    [
        "States.Format('{}')",
        "States.Format('{}', 1, 2)",
        "States.Format(1)",
        "States.StringToJson('nope')",
        "States.StringToJson(1)",
        "States.ArrayPartition($.items, 0)",
        "States.ArrayPartition('a', 1)",
        "States.ArrayContains('a', 'a')",
        "States.ArrayRange(0, 1000, 1)",
        "States.ArrayRange(0, 10, 0)",
        "States.ArrayRange(0, 99999999999999999999, 1)",
        "States.ArrayGetItem($.items, 9)",
        "States.ArrayGetItem($.items, -1)",
        "States.ArrayGetItem($.items, true)",
        "States.ArrayLength($.object)",
        "States.Base64Decode('a')",
        "States.Base64Encode($.items)",
        "States.Hash('a', 'SHA-3')",
        "States.Hash('a', $.items)",
        "States.JsonMerge($.object, $.other, true)",
        "States.JsonMerge($.object, $.items, false)",
        "States.MathRandom(5, 5)",
        "States.MathAdd(2147483647, 1)",
        "States.MathAdd('1', 1)",
    ],
)
def test_invalid_arguments_fail_the_function(call: str, make_visit: MakeVisit) -> None:
    """The failure names the whole call and can be caught."""
    with pytest.raises(EvaluationFailed) as raised:
        parse_intrinsic(call).evaluate(DATA, make_visit())
    failure = raised.value.to_failure("X", 2)
    assert failure.error == "States.IntrinsicFailure"
    assert f"The function '{call}' had the following error: " in str(failure.cause)


@pytest.mark.parametrize("function", ["Base64Encode('{}')", "Base64Decode('{}')", "Hash('{}', 'MD5')"])
def test_input_over_ten_thousand_characters_fails(function: str, make_visit: MakeVisit) -> None:
    """Ten thousand are accepted."""
    call = f"States.{function}"
    parse_intrinsic(call.replace("{}", "A" * 10_000)).evaluate({}, make_visit())
    with pytest.raises(EvaluationFailed, match="at most 10000"):
        parse_intrinsic(call.replace("{}", "A" * 10_001)).evaluate({}, make_visit())


def test_random_numbers_lie_between_start_and_end(make_visit: MakeVisit) -> None:
    """The start is included, the end is not."""
    call = parse_intrinsic("States.MathRandom(1, 4)")
    visit = make_visit()
    assert {call.evaluate({}, visit) for _ in range(100)} == {1, 2, 3}


def test_a_seed_makes_random_numbers_repeat(make_visit: MakeVisit) -> None:
    """Equal seeds give equal numbers."""
    call = parse_intrinsic("States.MathRandom(1, 1000000, 42)")
    assert call.evaluate({}, make_visit()) == call.evaluate({}, make_visit())


def test_each_uuid_is_new(make_visit: MakeVisit) -> None:
    """UUIDs are of version 4, and come from the visit's random numbers."""
    visit = make_visit()
    drawn = [str(parse_intrinsic("States.UUID()").evaluate({}, visit)) for _ in range(3)]
    assert len(set(drawn)) == 3
    assert {uuid.UUID(text).version for text in drawn} == {4}


def test_a_missing_argument_is_named_in_the_cause(enter: Enter) -> None:
    """The cause is AWS's. Such a failure cannot be caught."""
    decision = enter({"other": 1}, "Pass", Parameters={"v.$": "States.Format('{}', $.nope)"})
    assert decision.error == "States.Runtime"  # type: ignore[union-attr]
    assert decision.cause == (  # type: ignore[union-attr]
        "An error occurred while executing the state 'X' (entered at the event id #2). "
        "The function 'States.Format('{}', $.nope)' had the following error: "
        "The JsonPath argument for the field '$.nope' could not be found in the input '{\"other\":1}'"
    )


@pytest.mark.parametrize(
    "call",
    [
        "States.Nope()",
        "States.UUID",
        "States.UUID(",
        "States.UUID())",
        "States.UUID() States.UUID()",
        "States.UUID(1)",
        "States.Array(1,)",
        "States.Array(1 2)",
        "States.Array(,)",
        "States.Array('a)",
        "States.Array(a)",
        "States.Array($.a[)",
        "States.Array($.a..)",
        "States.Array(1e999)",
        r"States.Array('\n')",
        "States.MathAdd(1)",
        "States.Hash('a')",
        "1",
        "$.a",
        "'a'",
        "",
    ],
)
def test_a_malformed_call_is_refused(call: str) -> None:
    """The parser finds unknown functions, wrong argument counts and syntax errors."""
    with pytest.raises(InvalidIntrinsic):
        parse_intrinsic(call)


def test_calls_nest_ten_deep_at_most() -> None:
    """This is AWS's limit for one field."""
    parse_intrinsic("States.Array(" * 10 + ")" * 10)
    with pytest.raises(InvalidIntrinsic, match="more than 10"):
        parse_intrinsic("States.Array(" * 11 + ")" * 11)
