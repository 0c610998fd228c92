"""A hundredth of each limit stops an expression that would run for ever or fill the memory."""

import pytest

from stepfunctions_local.language import InvalidDefinition, Json, Proceed, State, budget, diagnostic
from stepfunctions_local.language.jsonata import guard, parser
from stepfunctions_local.language.jsonata.pattern import measure_pattern
from tests.unit.language.samples import MakeState, MakeVisit
from tests.unit.language.test_jsonata_limits import (
    DEEP,
    TOO_DEEP,
    TOO_LARGE,
    TOO_LONG,
    repeat,
    require_failure,
)

ENDLESS = {
    "tail recursion": "($f := function($x) { $f($x + 1) }; $f(1))",
    "two that call each other": "($f := function($x) { $g($x) }; $g := function($x) { $f($x) }; $f(1))",
    "loops within loops": "[1..100].([1..100].(1))",
    "mapping": "$map([1..100], function($i) { $map([1..100], function($j) { $i * $j }) })",
    "sorting": "$sort([1..3000], function($a, $b) { $a < $b })",
}
SLOW = {
    "a pattern": "$contains($pad('', 60, 'a') & '!', /(a|aa)+$/)",
    "many sums": "($b := [1..3000]; $map([1..3000], function($i) { $sum($b) }))",
}
LARGE = {
    "a range": "[1..8738]",
    "a range of numbers": "$range(1, 1000000, 1)",
    "a doubled text": "($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 40)))",
    "a doubled array": "($p := function($s, $n) { $n = 0 ? $s : $p($append($s, $s), $n - 1) }; $p([1], 40))",
    "padding": "$pad('', 10000000)",
    "replacing": "($a := $pad('', 1000, 'a'); $replace($a, 'a', $a))",
    "replacing matches": "($a := $pad('', 1000, 'a'); $replace($a, /a/, $a))",
    "a date": "$fromMillis(0, '[Y,*-1000000]')",
    "a number's picture": "$formatNumber(1, $pad('', 9000, '#'))",
    "what holds itself twice": repeat(40, "$a := {'p': $a, 'q': $a};"),
    "what is deep": "$reduce([1..1000], function($a, $i) { [[$a]] })",
    "many references": "($x := [1..1000]; [" + "$x," * 99 + "$x])",
}


@pytest.fixture
def make_pass_state(make_state: MakeState) -> MakeState:
    def make(expression: str) -> State:
        return make_state("Pass", QueryLanguage="JSONata", Output=f"{{% {expression} %}}")

    return make


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow a hundredth of each count, and enough time."""
    for name in ("MAX_STEPS", "MAX_ITEMS", "MAX_TEXT_LENGTH", "MAX_WEIGHT", "MAX_CELLS"):
        monkeypatch.setattr(budget, name, getattr(budget, name) // 100)
    monkeypatch.setattr(guard, "MAX_TEXT_LENGTH", budget.MAX_TEXT_LENGTH)
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)


@pytest.mark.parametrize("expression", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.usefixtures("small_limits")
def test_evaluation_of_too_many_steps_is_stopped(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit
) -> None:
    """The steps are counted in every kind of loop."""
    require_failure(make_pass_state(expression), make_visit, TOO_LONG)


@pytest.mark.parametrize("expression", SLOW.values(), ids=SLOW)
def test_slow_operation_checks_the_time(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped after a hundredth of a second."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 0.01)
    require_failure(make_pass_state(expression), make_visit, TOO_LONG)


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP)
def test_deep_recursion_is_stopped(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of AWS itself is reached quickly."""
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)
    require_failure(make_pass_state(expression), make_visit, TOO_DEEP)


@pytest.mark.parametrize("expression", LARGE.values(), ids=LARGE)
@pytest.mark.usefixtures("small_limits")
def test_value_above_a_small_limit_is_refused(
    expression: str, make_pass_state: MakeState, make_visit: MakeVisit
) -> None:
    """It is refused before it is made, if its size can be known."""
    require_failure(make_pass_state(expression), make_visit, TOO_LARGE)


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("ab+c?", 5),
        (r"\d{4}-\d{2}", 7),
        ("(a{10}){10}", 110),
        ("[a-z]{1,64}", 64),
        ("((?:a{1000}){1000}){1000}", 1_003_001_000),
        (r"\{9\}[{9}]", 4),
        ("a{0}b)", 2),
    ],
)
def test_repetitions_of_a_pattern_are_measured(pattern: str, size: int) -> None:
    """Compiling takes as long as the pattern with its repetitions written out."""
    assert measure_pattern(pattern) == size


def test_pattern_of_too_many_repetitions_is_refused(make_pass_state: MakeState) -> None:
    """To compile it would take hours, when the state machine is created."""
    with pytest.raises(InvalidDefinition, match="The expressions of the definition are too long"):
        make_pass_state("$contains('a', /((((a{1000}){1000}){1000}){1000}){1000}/)")


@pytest.mark.usefixtures("small_limits")
def test_longest_range_is_evaluated(make_pass_state: MakeState, make_visit: MakeVisit) -> None:
    """It has as many items as an array may have."""
    assert make_pass_state("[1..8737] ~> $count()").enter(make_visit({})) == Proceed(8_737, None)


@pytest.mark.parametrize(
    "output", ["{% '" + "a" * 1_000 + "' %}", ["{% $x + 1 %}"] * 100], ids=["text", "expressions"]
)
def test_expressions_above_a_small_limit_are_refused(
    output: Json, make_state: MakeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One expression is too long, or many short ones are too long together."""
    monkeypatch.setattr(parser, "MAX_EXPRESSION_LENGTH", 1_000)
    monkeypatch.setattr(diagnostic, "MAX_WORDS", 250)
    with pytest.raises(InvalidDefinition, match="The expressions of the definition are too long"):
        make_state("Pass", QueryLanguage="JSONata", Output=output)
