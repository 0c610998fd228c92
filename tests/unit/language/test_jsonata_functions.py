"""Expressions return AWS's results: its own functions, and corrections of the library."""

import json
import re

import pytest

from stepfunctions_local.language import FailedEvaluation, Json, Proceed, budget
from tests.unit.language.samples import MakeState, MakeVisit

VARIABLES: dict[str, Json] = {"x": [1, None, {"a": None}], "objects": [{"n": 3}, {"n": 9}], "text": "a1b22"}


@pytest.fixture
def evaluate(make_state: MakeState, make_visit: MakeVisit) -> "Evaluate":
    return Evaluate(make_state, make_visit)


class Evaluate:
    """Evaluates an expression in the Output of a state."""

    def __init__(self, make_state: MakeState, make_visit: MakeVisit) -> None:
        self._make_state = make_state
        self._make_visit = make_visit

    def __call__(self, expression: str) -> Json:
        """Return the result, or AWS's reason for a failure."""
        state = self._make_state("Pass", QueryLanguage="JSONata", Output=f"{{% {expression} %}}")
        decision = state.enter(self._make_visit({}, variables=VARIABLES))
        if isinstance(decision, FailedEvaluation):
            _, _, reason = (decision.failure.cause or "").partition("specified for the field 'Output' ")
            return reason
        assert isinstance(decision, Proceed), decision
        return decision.output


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 6, 2)", [0, 2, 4, 6]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 0, 1)", []),
        ("$string($range(0, 1, 0.5))", "[0,0.5,1]"),
        ("$range($missing, 1, 1)", "returned nothing (undefined)."),
        ("$range(0, 6, 0)", "threw an error during evaluation: The step of a range must not be 0"),
        ("$partition([1,2], 1.5)", [[1], [2]]),
        ("$partition($missing, 2)", "returned nothing (undefined)."),
        (
            "$partition([1,2], 0)",
            "threw an error during evaluation: The size of a chunk must be 1 or more, not 0",
        ),
        ("$hash($missing, 'MD5')", "returned nothing (undefined)."),
        (
            "$hash('input', 'MD4')",
            "threw an error during evaluation: 'MD4' is not an algorithm; these are: ",
        ),
        ("$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ("$hash('input', 'MD5')", "a43c1b0aa53a0c908810c06ab1ff3967"),
        ("$random(42)", 0.7275636800328681),
        ("$parse('{\"a\": [null]}').a", [None]),
        ("$parse(5)", "threw an error during evaluation. T0410: "),
        ("$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
    ],
)
def test_step_functions_adds_functions(expression: str, result: Json, evaluate: Evaluate) -> None:
    """It leaves out $eval."""
    answer = evaluate(expression)
    if isinstance(result, str) and result.startswith("threw"):
        assert str(answer).startswith(result)
    else:
        assert answer == result


def test_random_values_come_from_the_visit(evaluate: Evaluate) -> None:
    """An evaluation can therefore be repeated."""
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(evaluate("$uuid()"))
    )
    assert evaluate("$uuid()") == evaluate("$uuid()")
    assert evaluate("[$random(), $shuffle([1..9])]") == evaluate("[$random(), $shuffle([1..9])]")


def test_the_time_comes_from_the_visit(evaluate: Evaluate) -> None:
    """Skipped time therefore counts."""
    assert evaluate("$now()") == "2026-03-14T01:59:00.000Z"
    assert evaluate("$millis()") == 1773453540000
    assert evaluate("$fromMillis($toMillis('12:30', '[H]:[m]'))") == "2026-03-14T12:30:00.000Z"


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$x", [1, None, {"a": None}]),
        ("$x[1]", None),
        ("$x.a", None),
        ("$count($x)", 3),
        ("$exists($x[2].a)", True),
        ("$x[2].a = null", True),
        ("$string($x)", '[1,null,{"a":null}]'),
        ("$type($x[1])", "null"),
        ("$distinct([1, 1.0, true, '1', null, null])", [1, True, "1", None]),
        ("1 in [true]", False),
        ("null in $x", True),
    ],
)
def test_null_is_a_value(expression: str, result: Json, evaluate: Evaluate) -> None:
    """It differs from a missing value, and true differs from 1."""
    assert evaluate(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2", 0.30000000000000004),
        ("$string(0.1 + 0.2)", "0.3"),
        ("4 / 2", 2),
        ("5.5 % 2", 1.5),
        ("-5 % 3", -2),
        ("[1/0, -1/0, 0/0]", ["Infinity", "-Infinity", "NaN"]),
        ("1e300 * 10", 1e301),
        ("1/0 + 1", "threw an error during evaluation. D1001: Number out of range: Infinity"),
        ("$number('12.50')", 12.5),
        ("$number('0x1F')", 31),
        (
            "$number('1 2')",
            'threw an error during evaluation. D3030: Unable to cast value to a number: "1 2"',
        ),
        ("[1..3]", [1, 2, 3]),
        ("[[1,2],[3]]", [[1, 2], [3]]),
        ("$number(true)", 1),
        ("$power(4, 0.5)", 2),
        ("$power(2, $missing)", "returned nothing (undefined)."),
        ("[$objects.n, 1]", [3, 9, 1]),
    ],
)
def test_numbers_follow_javascript(expression: str, result: Json, evaluate: Evaluate) -> None:
    """JSON has no infinity, so infinite results become texts, as on AWS."""
    assert evaluate(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$string({'a': 'é', 'b': [1.5, true]})", '{"a":"é","b":[1.5,true]}'),
        ("$string({'a': 1}, true)", '{\n  "a": 1\n}'),
        ("$string($sum)", ""),
        ("'x' & null & 1.50 & {}", "xnull1.5{}"),
        ("$replace($text, /\\d+/, '<$0>')", "a<1>b<22>"),
        ("$replace($text, /([a-z])(\\d+)/, '$2$1$$$3')", "1a$22b$"),
        ("$replace($text, /(a)/, '$12')", "a21b22"),
        ("$replace($text, /\\d/, function($m) { $m.match & '.' }, 2)", "a1.b2.2"),
        ("$replace($text, 'b', '$1')", "a1$122"),
        ("$replace($text, 'b', function($m) { $m.match & '.' })", "a1b.22"),
        ("$replace($text, 'b', 'c', 0)", "a1b22"),
        ("$replace($missing, 'b', 'c')", "returned nothing (undefined)."),
        ("$replace($text, 'b', 'c', -1)", "threw an error during evaluation. D3011: "),
        ("$replace($text, 'b', function() { 5 })", "threw an error during evaluation. D3012: "),
        ("$join(['a', 'b'], ', ')", "a, b"),
        ("$spread([{'a': 1, 'b': 2}, {'c': 3}])", [{"a": 1}, {"b": 2}, {"c": 3}]),
        ("$distinct([{'a': 1, 'b': [2]}, {'b': [2.0], 'a': 1}])", [{"a": 1, "b": [2]}]),
        ("$distinct(5)", 5),
        ("$shuffle($missing)", "returned nothing (undefined)."),
        ("$replace($text, '', 'x')", "threw an error during evaluation. D3010: "),
        ("$replace($text, /x*/, 'x')", "threw an error during evaluation. D1004: "),
        ("$contains($text, /b\\d\\d$/)", True),
        ("$match($text, /(\\w)(\\d)/).groups", ["a", "1", "b", "2"]),
        ("$split($text, /\\d+/)", ["a", "b", ""]),
        ("$sort(['b', 'a'])", ["a", "b"]),
        ("$sort([1, 'a'])", "threw an error during evaluation. D3070: "),
        ("$toMillis('soon')", "threw an error during evaluation. D3110: "),
        ("$power(2, 10)", 1024),
        ("$string([0.00001, -1e-9, '1e-05', 1e21])", '[0.00001,-1e-9,"1e-05",1e+21]'),
        ("$formatNumber(34.555, '#0.00')", "34.56"),
        ("$decodeUrl('%E0%A4%A')", "threw an error during evaluation. D3140: "),
        ("[1] in [[1]]", False),
        ("($cut := $substring(?, 0, 2); $cut('hello'))", "he"),
        ("$map([3, 1], $sum)", [3, 1]),
        ("$x()", "threw an error during evaluation. T1006: "),
        ("$power(10, 400)", "threw an error during evaluation. D3061: "),
    ],
)
def test_functions_follow_the_reference(expression: str, result: Json, evaluate: Evaluate) -> None:
    """The library departs from it in some of these cases."""
    answer = evaluate(expression)
    if isinstance(result, str) and result.startswith("threw"):
        assert str(answer).startswith(result)
    else:
        assert answer == result


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("$sum(['a'])", 'T0412: Argument 1 of function "sum" must be an array of "numbers"'),
        ("$abs('a')", 'T0410: Argument 1 of function "abs" does not match function signature'),
        ("$uppercase(null)", 'T0410: Argument 1 of function "uppercase" does not match function signature'),
        ("-'a'", 'D1002: Cannot negate a non-numeric value: "a"'),
        ("1 < 'a'", 'T2009: The values 1 and "a" either side of operator "<" must be of the same data type'),
        ("{1: 2}", "T1003: Key in object structure must evaluate to a string; got: 1"),
        ("{'a': 1, 'a': 2}", 'D1009: Multiple key definitions evaluate to same key: "a"'),
        ("$error('boom')", "D3137: boom"),
        ("$assert(false, 'no')", "D3141: no"),
    ],
)
def test_errors_have_the_messages_of_the_reference(expression: str, message: str, evaluate: Evaluate) -> None:
    """They have its codes, as on AWS."""
    assert evaluate(expression) == f"threw an error during evaluation. {message}"


def test_an_expression_binds_local_variables(evaluate: Evaluate) -> None:
    """They hide the execution's variables until the expression ends."""
    assert evaluate("($text := 1; $text + 1)") == 2
    assert evaluate("$text") == "a1b22"


def test_a_large_document_is_searched(
    make_state: MakeState, make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any input of a state can be filtered, grouped and sorted."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)  # coverage slows the evaluation down
    items: Json = [{"id": n, "kind": "ab"[n % 2], "price": n / 7} for n in range(4_000)]
    assert len(json.dumps(items)) < 262_144
    output = (
        "{'count': $count($states.input[price > 100]), 'kinds': $keys($states.input{kind: $}), "
        "'first': $states.input^(>price)[0].id}"
    )
    decision = make_state("Pass", QueryLanguage="JSONata", Output=f"{{% {output} %}}").enter(
        make_visit(items)
    )
    assert decision == Proceed({"count": 3_299, "kinds": ["a", "b"], "first": 3_999}, None)
