"""Expressions answer what they do on AWS: its own functions, and where the library had to be put right."""

import json
import re

import pytest

from stepfunctions_local.language import FailedEvaluation, Json, Proceed
from stepfunctions_local.language.jsonata import budget
from tests.unit.language.samples import MakeState, MakeVisit

VARIABLES: dict[str, Json] = {"x": [1, None, {"a": None}], "objects": [{"n": 3}, {"n": 9}], "text": "a1b22"}


@pytest.fixture
def evaluate(state: MakeState, visit: MakeVisit) -> "Evaluate":
    return Evaluate(state, visit)


class Evaluate:
    """Evaluates an expression in the Output of a state."""

    def __init__(self, state: MakeState, visit: MakeVisit) -> None:
        self._state = state
        self._visit = visit

    def __call__(self, expression: str) -> Json:
        """Answer its result; of one that fails, what AWS says after naming it."""
        state = self._state("Pass", QueryLanguage="JSONata", Output=f"{{% {expression} %}}")
        decision = state.enter(self._visit({}, variables=VARIABLES))
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
        ("$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ("$hash('input', 'MD5')", "a43c1b0aa53a0c908810c06ab1ff3967"),
        ("$random(42)", 0.7275636800328681),
        ("$parse('{\"a\": [null]}').a", [None]),
        ("$parse(5)", "threw an error during evaluation. T0410: "),
        ("$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
    ],
)
def test_step_functions_adds_functions(expression: str, result: Json, evaluate: Evaluate) -> None:
    """And leaves one out."""
    answer = evaluate(expression)
    if isinstance(result, str) and result.startswith("threw"):
        assert str(answer).startswith(result)
    else:
        assert answer == result


def test_chance_is_the_visits(evaluate: Evaluate) -> None:
    """So that an evaluation can be repeated."""
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(evaluate("$uuid()"))
    )
    assert evaluate("$uuid()") == evaluate("$uuid()")
    assert evaluate("[$random(), $shuffle([1..9])]") == evaluate("[$random(), $shuffle([1..9])]")


def test_the_time_is_the_visits(evaluate: Evaluate) -> None:
    """It can be skipped."""
    assert evaluate("$now()") == "2026-03-14T01:59:00.000Z"
    assert evaluate("$millis()") == 1773453540000


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
    """Not the same as nothing; and true is not 1."""
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
        ("[$objects.n, 1]", [3, 9, 1]),
    ],
)
def test_numbers_are_those_of_javascript(expression: str, result: Json, evaluate: Evaluate) -> None:
    """Infinite ones, which JSON does not know, are texts as on AWS."""
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
def test_texts_and_functions_are_those_of_the_reference(
    expression: str, result: Json, evaluate: Evaluate
) -> None:
    """Which the library departs from here and there."""
    answer = evaluate(expression)
    if isinstance(result, str) and result.startswith("threw"):
        assert str(answer).startswith(result)
    else:
        assert answer == result


@pytest.mark.parametrize(
    ("expression", "words"),
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
def test_errors_are_told_in_the_words_of_the_reference(
    expression: str, words: str, evaluate: Evaluate
) -> None:
    """With their codes, as on AWS."""
    assert evaluate(expression) == f"threw an error during evaluation. {words}"


def test_an_expression_binds_variables_of_its_own(evaluate: Evaluate) -> None:
    """Which hide those of the execution, and are gone afterwards."""
    assert evaluate("($text := 1; $text + 1)") == 2
    assert evaluate("$text") == "a1b22"


def test_a_large_document_is_searched(
    state: MakeState, visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits into a state's input can be filtered, grouped and sorted."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)  # measuring coverage takes its time
    items: Json = [{"id": n, "kind": "ab"[n % 2], "price": n / 7} for n in range(4_000)]
    assert len(json.dumps(items)) < 262_144
    output = (
        "{'count': $count($states.input[price > 100]), 'kinds': $keys($states.input{kind: $}), "
        "'first': $states.input^(>price)[0].id}"
    )
    decision = state("Pass", QueryLanguage="JSONata", Output=f"{{% {output} %}}").enter(visit(items))
    assert decision == Proceed({"count": 3_299, "kinds": ["a", "b"], "first": 3_999}, None)
