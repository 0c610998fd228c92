"""Limits stop an expression that would run for ever or fill the memory."""

import sys
import tracemalloc

import pytest

from stepfunctions_local.language import FailedEvaluation, InvalidDefinition, Json, Proceed, State, budget
from tests.unit.language.samples import MakeState, MakeVisit

pytestmark = pytest.mark.slow


def repeat(times: int, step: str) -> str:
    """Return an expression that repeats a step, starting from $a."""
    return "($a := {'x': 1}; " + step * times + "$a)"


ENDLESS = {
    "tail recursion": "($f := function($x) { $f($x + 1) }; $f(1))",
    "two that call each other": "($f := function($x) { $g($x) }; $g := function($x) { $f($x) }; $f(1))",
    "loops within loops": "[1..1000].([1..1000].(1))",
    "mapping": "$map([1..1000], function($i) { $map([1..1000], function($j) { $i * $j }) })",
    "a native function": "$count($map([1..800000], $string))",
    "a growing array": "$count($reduce([1..800000], $append))",
    "sorting": "$sort([1..300000], function($a, $b) { $a < $b })",
    "a pattern": "$contains($pad('', 60, 'a') & '!', /(a|aa)+$/)",
    "many sums": "($b := [1..300000]; $map([1..3000], function($i) { $sum($b) }))",
}
DEEP = {
    "recursion": "($f := function($x) { 1 + $f($x + 1) }; $f(1))",
    "recursion through a function": "($f := function($x) { $map([1], $f) }; $f(1))",
    "an expression": "+".join("1" * 200),
}
LARGE = {
    "a range": "[1..873783]",
    "a range of numbers": "$range(1, 100000000, 1)",
    "a doubled text": "($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 40)))",
    "a doubled array": "($p := function($s, $n) { $n = 0 ? $s : $p($append($s, $s), $n - 1) }; $p([1], 40))",
    "padding": "$pad('', 1000000000)",
    "replacing": "($a := $pad('', 100000, 'a'); $replace($a, 'a', $a))",
    "replacing matches": "($a := $pad('', 100000, 'a'); $replace($a, /a/, $a))",
    "a date": "$fromMillis(0, '[Y,*-100000000]')",
    "a number's picture": "$formatNumber(1, $pad('', 900000, '#'))",
    "what holds itself twice": repeat(40, "$a := {'p': $a, 'q': $a};"),
    "what is deep": "$reduce([1..1000], function($a, $i) { [[$a]] })",
    "many references": "($x := [1..100000]; [" + "$x," * 999 + "$x])",
}


@pytest.fixture
def make_pass_state(make_state: MakeState) -> MakeState:
    def make(expression: str) -> State:
        return make_state("Pass", QueryLanguage="JSONata", Output=f"{{% {expression} %}}")

    return make


TOO_LONG = "Expression evaluation timeout: Check for infinite loop"
TOO_LARGE = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
TOO_DEEP = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)


@pytest.fixture
def long_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow enough time for a slow computer that measures coverage."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)


def require_failure(state: State, make_visit: MakeVisit, reason: str) -> None:
    """Require that the state fails for this reason."""
    decision = state.enter(make_visit({}))
    assert isinstance(decision, FailedEvaluation)
    assert decision.location == "Output"
    assert decision.failure.error == "States.QueryEvaluationError"
    assert decision.failure.cause is not None
    assert decision.failure.cause.endswith(f"threw an error during evaluation: {reason}")


@pytest.mark.parametrize("name", ["tail recursion", "a pattern", "a growing array"])
def test_a_long_evaluation_is_stopped(name: str, make_pass_state: MakeState, make_visit: MakeVisit) -> None:
    """It is stopped after about a second."""
    require_failure(make_pass_state(ENDLESS[name]), make_visit, TOO_LONG)


@pytest.mark.parametrize("expression", ENDLESS.values(), ids=ENDLESS)
def test_every_long_operation_checks_the_time(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shorter limit, all of them are stopped by it."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 0.1)
    require_failure(make_pass_state(expression), make_visit, TOO_LONG)


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP)
@pytest.mark.usefixtures("long_time_limit")
def test_deep_recursion_is_stopped(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit
) -> None:
    """It is stopped where AWS stops it. Python's own recursion limit stays unchanged."""
    before = sys.getrecursionlimit()
    require_failure(make_pass_state(expression), make_visit, TOO_DEEP)
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("expression", LARGE.values(), ids=LARGE)
@pytest.mark.usefixtures("long_time_limit")
def test_an_oversized_value_stops_the_evaluation(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit
) -> None:
    """If its size is known in advance, it is never built."""
    require_failure(make_pass_state(expression), make_visit, TOO_LARGE)


@pytest.mark.parametrize("name", ["a doubled text", "what holds itself twice", "many references"])
def test_a_stopped_evaluation_uses_limited_memory(
    name: str, make_pass_state: MakeState, make_visit: MakeVisit
) -> None:
    """It takes 100 MiB at most."""
    tracemalloc.start()
    try:
        make_pass_state(LARGE[name]).enter(make_visit({}))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * 2**20


@pytest.mark.usefixtures("long_time_limit")
def test_an_expression_within_the_limits_is_not_stopped(
    make_pass_state: MakeState, make_visit: MakeVisit
) -> None:
    """AWS's longest range and moderate recursion are allowed."""
    assert make_pass_state("[1..873782] ~> $count()").enter(make_visit({})) == Proceed(873_782, None)
    factorial = "($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(20))"
    assert make_pass_state(factorial).enter(make_visit({})) == Proceed(2_432_902_008_176_640_000, None)
    tail_recursive_sum = "($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(5000, 0))"
    assert make_pass_state(tail_recursive_sum).enter(make_visit({})) == Proceed(12_502_500, None)


def test_expressions_of_a_state_share_one_budget(
    make_state: MakeState, make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them do not take a thousand times as long."""
    monkeypatch.setattr(budget, "MAX_STEPS", 1_000)
    passing = make_state("Pass", QueryLanguage="JSONata", Output=["{% $sum([1..3]) + 1 %}"] * 1_000)
    assert isinstance(passing.enter(make_visit({})), FailedEvaluation)


@pytest.mark.parametrize(
    "output",
    [
        "{% '" + "a" * 100_000 + "' %}",
        "{% [" + "1," * 30_000 + "1] %}",
        ["{% $x + 1 %}"] * 10_000,
    ],
    ids=["text", "array", "expressions"],
)
def test_expressions_too_long_to_parse_are_refused(output: Json, make_state: MakeState) -> None:
    """This applies to one long expression and to many short ones."""
    with pytest.raises(InvalidDefinition, match="The expressions of the definition are too long"):
        make_state("Pass", QueryLanguage="JSONata", Output=output)


def test_deeply_nested_parentheses_are_refused(make_state: MakeState) -> None:
    """The parser of the definition refuses them."""
    with pytest.raises(InvalidDefinition, match="INVALID_JSONATA_EXPRESSION: Stack overflow error"):
        make_state("Pass", QueryLanguage="JSONata", Output="{% " + "(" * 5_000 + "1" + ")" * 5_000 + " %}")
