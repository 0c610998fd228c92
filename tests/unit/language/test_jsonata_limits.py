"""An expression that would run for ever, or fill the memory, is cut off."""

import sys
import tracemalloc

import pytest

from stepfunctions_local.language import Failure, InvalidDefinition, Json, Proceed, State
from stepfunctions_local.language.jsonata import budget
from tests.unit.language.samples import MakeState, MakeVisit


def fold(times: int, step: str) -> str:
    """An expression that does a step so many times, starting from $a."""
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
    "what holds itself twice": fold(40, "$a := {'p': $a, 'q': $a};"),
    "what is deep": "$reduce([1..1000], function($a, $i) { [[$a]] })",
    "many references": "($x := [1..100000]; [" + "$x," * 999 + "$x])",
}


@pytest.fixture
def output(state: MakeState) -> MakeState:
    def make(expression: str) -> State:
        return state("Pass", QueryLanguage="JSONata", Output=f"{{% {expression} %}}")

    return make


TOO_LONG = "Expression evaluation timeout: Check for infinite loop"
TOO_LARGE = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
TOO_DEEP = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough for a machine on which all is measured, and slow."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)


def check(state: State, visit: MakeVisit, reason: str) -> None:
    """The state fails for this reason."""
    decision = state.enter(visit({}))
    assert isinstance(decision, Failure)
    assert decision.error == "States.Runtime"
    assert decision.cause is not None
    assert decision.cause.endswith(f"threw an error during evaluation: {reason}")


@pytest.mark.parametrize("name", ["tail recursion", "a pattern", "a growing array"])
def test_what_takes_too_long_is_cut_off(name: str, output: MakeState, visit: MakeVisit) -> None:
    """After about a second."""
    check(output(ENDLESS[name]), visit, TOO_LONG)


@pytest.mark.parametrize("expression", ENDLESS.values(), ids=ENDLESS)
def test_no_single_step_takes_long(
    expression: str, output: MakeState, visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is looked at in whatever takes it: with less of it, everything is cut off for that."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 0.1)
    check(output(expression), visit, TOO_LONG)


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP)
@pytest.mark.usefixtures("unhurried")
def test_what_goes_too_deep_is_cut_off(expression: str, output: MakeState, visit: MakeVisit) -> None:
    """Where AWS does, and the interpreter's own limit stays what it was."""
    before = sys.getrecursionlimit()
    check(output(expression), visit, TOO_DEEP)
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("expression", LARGE.values(), ids=LARGE)
@pytest.mark.usefixtures("unhurried")
def test_what_is_too_large_is_cut_off(expression: str, output: MakeState, visit: MakeVisit) -> None:
    """Before it is made, where that can be known."""
    check(output(expression), visit, TOO_LARGE)


@pytest.mark.parametrize("name", ["a doubled text", "what holds itself twice", "many references"])
def test_what_is_cut_off_did_not_fill_the_memory(name: str, output: MakeState, visit: MakeVisit) -> None:
    """It took some 100 MiB at most."""
    tracemalloc.start()
    try:
        output(LARGE[name]).enter(visit({}))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * 2**20


@pytest.mark.usefixtures("unhurried")
def test_what_takes_a_while_is_not_cut_off(output: MakeState, visit: MakeVisit) -> None:
    """The longest range of AWS, and recursion of some depth."""
    assert output("[1..873782] ~> $count()").enter(visit({})) == Proceed(873_782, None)
    factorial = "($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(20))"
    assert output(factorial).enter(visit({})) == Proceed(2_432_902_008_176_640_000, None)
    endless_but_for_its_end = (
        "($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(5000, 0))"
    )
    assert output(endless_but_for_its_end).enter(visit({})) == Proceed(12_502_500, None)


def test_the_expressions_of_a_state_share_what_they_may_cost(
    state: MakeState, visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them do not take a thousand times as long."""
    monkeypatch.setattr(budget, "MAX_STEPS", 1_000)
    passing = state("Pass", QueryLanguage="JSONata", Output=["{% $sum([1..3]) + 1 %}"] * 1_000)
    assert isinstance(passing.enter(visit({})), Failure)


@pytest.mark.parametrize(
    "output",
    [
        "{% '" + "a" * 100_000 + "' %}",
        "{% [" + "1," * 30_000 + "1] %}",
        ["{% $x + 1 %}"] * 10_000,
    ],
    ids=["text", "array", "expressions"],
)
def test_expressions_that_take_long_to_read_are_refused(output: Json, state: MakeState) -> None:
    """One that is long, and many that are short."""
    with pytest.raises(InvalidDefinition, match="The expressions of the definition are too long"):
        state("Pass", QueryLanguage="JSONata", Output=output)


def test_parentheses_without_end_are_refused(state: MakeState) -> None:
    """When the definition is read."""
    with pytest.raises(InvalidDefinition, match="INVALID_JSONATA_EXPRESSION: Stack overflow error"):
        state("Pass", QueryLanguage="JSONata", Output="{% " + "(" * 5_000 + "1" + ")" * 5_000 + " %}")
