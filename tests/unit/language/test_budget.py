"""One budget limits each evaluation of a state, in both languages, however the work is divided."""

import json
from typing import Any

import pytest

from stepfunctions_local.language import (
    Decision,
    FailedEvaluation,
    Failure,
    Proceed,
    State,
    budget,
    parse_definition,
)
from stepfunctions_local.language.budget import Budget, CutOff
from stepfunctions_local.language.state import ForkingState
from tests.unit.language.samples import Enter, MakeState, MakeVisit, define

ITEMS: list[Any] = [{"a": number, "b": "x"} for number in range(300)]
TEXT = "a," * 4_000
NAMES = range(400)
QUERY_ERROR = "States.QueryEvaluationError"


def repeat(expression: str) -> dict[str, str]:
    """Return a template that computes the expression 400 times."""
    return {f"field{name}.$": expression for name in NAMES}


@pytest.fixture(autouse=True)
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow a hundredth of the steps, and enough time for a slow computer."""
    monkeypatch.setattr(budget, "MAX_STEPS", budget.MAX_STEPS // 100)
    monkeypatch.setattr(budget, "MAX_SECONDS", 60)


def require_cut_off(decision: Decision, field: str) -> None:
    """Require that the state failed beyond a limit, and that the cause names the state and the field."""
    assert isinstance(decision, Failure)
    assert decision.error == "States.Runtime"
    assert decision.cause is not None
    assert decision.cause.startswith(
        "An error occurred while executing the state 'X' (entered at the event id #2)."
    )
    assert field in decision.cause
    assert decision.cause.endswith(f" was cut off: {budget.TOO_LONG}")


def parse_choice(rules: list[Any], **fields: Any) -> State:
    """Return a Choice with these rules, all of which lead to Y."""
    choice = {
        "Type": "Choice",
        "Choices": [{**rule, "Next": "Y"} for rule in rules],
        "Default": "Y",
        **fields,
    }
    states = {"X": choice, "Y": {"Type": "Succeed"}}
    return parse_definition(json.dumps({"StartAt": "X", "States": states})).states["X"]


REPEATED = {
    "a path": ("$..a", ITEMS),
    "a filter": ("$[?(@.a == 3)]", ITEMS),
    "a filter of descents": ("$..[?(@.a == 3)]", ITEMS),
    "a query as an argument": ("States.ArrayLength($..*)", ITEMS),
    "JSON written": ("States.ArrayLength(States.Array(States.JsonToString($)))", ITEMS),
    "JSON parsed": ("States.StringToJson(States.JsonToString($))", ITEMS),
    "unique items": ("States.ArrayLength(States.ArrayUnique($))", ITEMS),
    "contained items": ("States.ArrayContains($, 1)", ITEMS),
    "chunks": ("States.ArrayLength(States.ArrayPartition($, 1))", ITEMS),
    "merged objects": ("States.JsonMerge($, $, false)", {str(name): name for name in NAMES}),
    "formatted texts": ("States.ArrayLength(States.Array(States.Format('{}{}', $, $)))", TEXT),
    "split texts": ("States.ArrayLength(States.StringSplit($, ','))", TEXT),
    "hashes": ("States.Hash($, 'MD5')", TEXT),
    "encoded texts": ("States.Base64Encode($)", TEXT),
    "ranges": ("States.ArrayLength(States.ArrayRange(1, 1000, 1))", {}),
}


@pytest.mark.parametrize("name", REPEATED)
def test_repeated_work_of_a_template_is_cut_off(name: str, enter: Enter) -> None:
    """All fields share the budget, whichever function or path they use."""
    expression, value = REPEATED[name]
    require_cut_off(enter(value, "Pass", Parameters=repeat(expression)), "specified for the field 'field")


@pytest.mark.parametrize("name", REPEATED)
def test_single_work_is_not_cut_off(name: str, enter: Enter) -> None:
    """One of these fields is within even the small budget."""
    expression, value = REPEATED[name]
    few = value[:100] if isinstance(value, list) else value
    assert isinstance(enter(few, "Pass", Parameters={"field.$": expression}), Proceed)


def test_variables_share_the_budget_with_the_output(enter: Enter) -> None:
    """Assign is a part of the same evaluation."""
    assigned = {name.removesuffix(".$") + ".$": "$..a" for name in repeat("$..a")}
    require_cut_off(enter(ITEMS, "Pass", Assign=assigned), "specified for the field 'field")


def test_selector_is_cut_off_with_its_path(enter: Enter) -> None:
    """OutputPath and InputPath may search too."""
    nested = [[[1] * 20] * 20] * 20
    require_cut_off(enter(nested, "Pass", OutputPath="$..[*]..[*]"), "The path '$..[*]..[*]'")


def test_filter_is_counted_for_nodes_that_it_rejects(enter: Enter) -> None:
    """A filter of many conditions over many nodes finds nothing, and takes long all the same."""
    conditions = " || ".join(f"@.a == {-number}" for number in range(1, 200))
    require_cut_off(enter(ITEMS, "Pass", Parameters={"a.$": f"$[?({conditions})]"}), "the field 'a.$'")


@pytest.mark.parametrize(
    "test",
    [
        {"StringMatches": "*" + "ab*" * 20},
        {"StringEqualsPath": "$.u"},
        {"IsTimestamp": True},
        {"StringEquals": "b"},
    ],
    ids=lambda test: next(iter(test)),
)
def test_choice_of_many_rules_is_cut_off(test: dict[str, Any], make_visit: MakeVisit) -> None:
    """The cause names the rule. All comparisons of long texts are counted."""
    choice = parse_choice([{"Variable": "$.t", **test}] * 2_500)
    require_cut_off(choice.enter(make_visit({"t": "b" + TEXT, "u": TEXT})), "The rule 'Choices[")


def test_conditions_within_one_rule_are_counted(make_visit: MakeVisit) -> None:
    """A combination of 3,000 conditions is one rule."""
    choice = parse_choice([{"Or": [{"Variable": "$", "IsNull": True}] * 3_000}])
    require_cut_off(choice.enter(make_visit(1)), "The rule 'Choices[0]'")


def test_conditions_in_jsonata_share_one_budget(make_visit: MakeVisit) -> None:
    """Sixty rules take no longer than one."""
    rule = {"Condition": "{% $count([1..400].($ + 1)) = 1 %}"}
    decision = parse_choice([rule] * 60, QueryLanguage="JSONata").enter(make_visit())
    assert isinstance(decision, FailedEvaluation)
    assert (decision.location, decision.failure.error) == ("Choices[1]/Condition", QUERY_ERROR)


def test_input_is_converted_once_for_all_expressions(make_visit: MakeVisit) -> None:
    """A hundred rules on a long input are as cheap as one."""
    rule = {"Condition": "{% $count($states.input) = 1 %}"}
    choice = parse_choice([rule] * 100, QueryLanguage="JSONata")
    assert isinstance(choice.enter(make_visit(ITEMS)), Proceed)


def test_cut_off_expression_can_be_caught(make_state: MakeState, make_visit: MakeVisit) -> None:
    """As on AWS. The catcher's own expressions have a reserve, since the budget is used up."""
    catcher = {"ErrorEquals": [QUERY_ERROR], "Next": "X", "Output": "{% $states.errorOutput.Error %}"}
    endless = "{% ($f := function($x) { $f($x + 1) }; $f(1)) %}"
    arn = "arn:aws:lambda:us-east-1:123456789012:function:F"
    state = make_state("Task", QueryLanguage="JSONata", Resource=arn, Arguments=endless, Catch=[catcher])
    decision = state.enter(make_visit({}))
    assert isinstance(decision, FailedEvaluation)
    assert decision.location == "Arguments"
    assert decision.then == Proceed(QUERY_ERROR, "X")


def test_reserve_of_a_catcher_is_limited(make_state: MakeState, make_visit: MakeVisit) -> None:
    """A catcher that runs for ever fails the state."""
    endless = "{% ($f := function($x) { $f($x + 1) }; $f(1)) %}"
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "X", "Output": endless}
    arn = "arn:aws:lambda:us-east-1:123456789012:function:F"
    state = make_state("Task", QueryLanguage="JSONata", Resource=arn, Arguments=endless, Catch=[catcher])
    decision = state.enter(make_visit({}))
    assert isinstance(decision, FailedEvaluation)
    assert isinstance(decision.then, FailedEvaluation)
    assert isinstance(decision.then.then, Failure)


def test_item_of_a_map_has_a_budget_of_its_own(make_visit: MakeVisit) -> None:
    """The engine pauses between two items, so each may take as long as a state."""
    processor = {"StartAt": "Y", "States": {"Y": {"Type": "Succeed"}}}
    fields = {"Type": "Map", "ItemSelector": repeat("$..a"), "ItemProcessor": processor, "End": True}
    state = parse_definition(define(fields)).states["X"]
    assert isinstance(state, ForkingState)
    decision = state.begin(make_visit(ITEMS), 0, 1)
    assert isinstance(decision, Failure)
    require_cut_off(decision, "specified for the field 'field")


@pytest.mark.parametrize("template", [repeat("$"), repeat("$v")], ids=["input", "variable"])
def test_output_of_many_references_is_refused_unwritten(
    template: dict[str, str], make_state: MakeState, make_visit: MakeVisit
) -> None:
    """The input 400 times over would take hundreds of megabytes as JSON; AWS's error is the same."""
    visit = make_visit(ITEMS, variables={"v": ITEMS})
    assert make_state("Pass", Parameters=template).enter(visit) == Failure(
        "States.DataLimitExceeded",
        "The state/task 'X' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    )


def test_jsonpath_counts_as_effort(make_state: MakeState, make_visit: MakeVisit) -> None:
    """The engine ends a turn early after long work, in either language."""
    visit = make_visit(ITEMS)
    make_state("Pass", Parameters=repeat("$..a")).enter(visit)
    assert visit.effort.seconds > 0


def test_time_is_checked_after_lumps_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pattern of lumps and steps slips past the checks."""
    limited = Budget()
    limited.spend(62)
    monkeypatch.setattr("stepfunctions_local.language.budget.time.thread_time", lambda: 10**9)
    with pytest.raises(CutOff, match="timeout"):
        limited.spend(63)


def test_weight_counts_shared_values_as_often_as_a_walk_visits_them() -> None:
    """A value in two places is visited twice."""
    shared = [1, "a" * 640]
    assert Budget().weigh([shared, shared]) == (1 + 2 * (1 + 1 + 11), 2)


def test_evaluation_is_cut_off_at_the_same_place_every_time(enter: Enter) -> None:
    """Steps are counted, so the speed of the computer decides nothing."""
    assert len({str(enter(ITEMS, "Pass", Parameters=repeat("$..a"))) for _ in range(2)}) == 1
