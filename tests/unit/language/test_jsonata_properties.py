"""Any expression on any data has a result, fails or is refused."""

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.language import (
    FailedEvaluation,
    Failure,
    InvalidDefinition,
    Json,
    Proceed,
    Visit,
    dump_json,
    parse_definition,
    parse_json,
)
from tests.unit.language.samples import CONTEXT, NOW
from tests.unit.language.test_properties import DATA, JSON, without_deadline

NAMES = (
    *("sum", "count", "max", "min", "average", "string", "substring", "substringBefore"),
    *("substringAfter", "lowercase", "uppercase", "length", "trim", "pad", "match", "contains"),
    *("replace", "split", "join", "formatNumber", "formatBase", "formatInteger", "parseInteger", "number"),
    *("floor", "ceil", "round", "abs", "sqrt", "power", "random", "boolean"),
    *("not", "map", "zip", "filter", "single", "reduce", "sift", "keys"),
    *("lookup", "append", "exists", "spread", "merge", "reverse", "each", "error"),
    *("assert", "type", "sort", "shuffle", "distinct", "base64encode", "base64decode", "encodeUrlComponent"),
    *("encodeUrl", "decodeUrlComponent", "decodeUrl", "toMillis", "fromMillis", "clone", "now", "millis"),
    *("partition", "range", "hash", "uuid", "parse", "eval"),
)

LEAVES = st.sampled_from(
    [
        "$states.input",
        "$states.input.a",
        "$states.context.State.Name",
        "$x",
        "$nobody",
        "null",
        "true",
        "0",
        "-1.5",
        "1e308",
        "'text'",
        '"\\u00e9"',
        "[]",
        "{}",
        "/a+/",
        "function($v) { $v }",
        "$sum",
    ]
)


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions that combine others."""
    operators = st.sampled_from(
        ["+", "-", "*", "/", "%", "&", "=", "!=", "<", ">=", "in", "and", "or", "~>", ".."]
    )
    calls = st.tuples(st.sampled_from(NAMES), st.lists(inner, max_size=3))
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda it: f"({it[0]} {it[1]} {it[2]})"),
        calls.map(lambda it: f"${it[0]}({', '.join(it[1])})"),
        st.tuples(inner, inner).map(lambda it: f"{it[0]}[{it[1]}]"),
        st.tuples(inner, inner).map(lambda it: f"{it[0]}.({it[1]})"),
        st.tuples(inner, inner).map(lambda it: f"{it[0]}{{'k': {it[1]}}}"),
        st.tuples(inner, inner).map(lambda it: f"[{it[0]}, {it[1]}]"),
        st.tuples(inner, inner).map(lambda it: f"($x := {it[0]}; {it[1]})"),
        st.tuples(inner, inner, inner).map(lambda it: f"({it[0]} ? {it[1]} : {it[2]})"),
        inner.map(lambda it: f"{it}^(>$)"),
        inner.map(lambda it: f"{it}.*"),
        inner.map(lambda it: f"{it}.**"),
        inner.map(lambda it: f"({it} ~> |$|{{'c': 1}}, 'a'|)"),
    )


EXPRESSIONS = st.recursive(LEAVES, combine, max_leaves=12)
TEXTS = st.text(max_size=30) | st.text("$abc.[](){}'\"/\\*%^~>|:=&,;?@#+-0123456789 \n", max_size=30)


def parse_state(output: Json) -> Any:
    """Return a state with this Output, or None if it is refused."""
    state = {"Type": "Pass", "Output": output, "Assign": {"y": output}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "X", "States": {"X": state}}
    try:
        return parse_definition(json.dumps(definition)).states["X"]
    except InvalidDefinition as error:
        str(error).encode()
        return None


def check_expression(expression: str, value: Json) -> None:
    """Require a refusal, or a decision that can be stored and sent."""
    state = parse_state(f"{{%{expression}%}}")
    if state is None:
        return
    shared = parse_json(json.dumps(value))
    before = dump_json(shared)
    decision = state.enter(Visit(shared, lambda: CONTEXT, 2, NOW, (), Random(1), {"x": shared}))
    assert dump_json(shared) == before
    match decision:
        case Proceed(output, _, assigned):
            parse_json(dump_json([output, assigned["y"]]))
        case FailedEvaluation(failure, location, _):
            assert failure.error == "States.QueryEvaluationError"
            f"{location}{failure.cause}".encode()
        case Failure("States.Runtime", cause):
            f"{cause}".encode()
        case _:
            raise AssertionError(decision)


@without_deadline
@given(EXPRESSIONS, DATA)
def test_any_expression_returns_or_fails_on_any_data(expression: str, value: Json) -> None:
    """The data stay unchanged."""
    check_expression(expression, value)


@without_deadline
@given(TEXTS, DATA)
def test_any_text_is_an_expression_or_refused(text: str, value: Json) -> None:
    """This includes texts that barely resemble an expression."""
    check_expression(text, value)


@without_deadline
@given(JSON)
def test_any_json_is_an_output_or_refused(output: Json) -> None:
    """Only the expressions in it can cause a refusal."""
    parse_state(output)
