"""Choice states choose as documented."""

from typing import Any

import pytest

from stepfunctions_local.language import Failure, Json, Proceed
from tests.unit.language.samples import Enter

PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "
EARLY, LATE = "2026-03-14T01:59:00Z", "2026-03-14T01:59:00.1Z"


def matches(enter: Enter, value: object, rule: dict[str, Any]) -> bool:
    """Return whether the rule matches."""
    decision = enter(value, "Choice", Choices=[{**rule, "Next": "A"}], Default="B")
    assert isinstance(decision, Proceed), decision
    return decision.next == "A"


@pytest.mark.parametrize(
    ("value", "comparison", "operand", "holds"),
    [
        ("b", "StringEquals", "b", True),
        ("b", "StringEquals", "B", False),
        (1, "StringEquals", "1", False),
        ("b", "StringLessThan", "c", True),
        ("b", "StringLessThan", "b", False),
        ("b", "StringLessThanEquals", "b", True),
        ("b", "StringGreaterThan", "a", True),
        ("b", "StringGreaterThanEquals", "c", False),
        ("\U0001f600", "StringLessThan", "\uffff", True),
        ("\ud800", "StringEquals", "x", False),
        (1, "NumericEquals", 1.0, True),
        (True, "NumericEquals", 1, False),
        ("1", "NumericEquals", 1, False),
        (10**400, "NumericGreaterThan", 1.5, True),
        (2, "NumericLessThan", 3, True),
        (3, "NumericLessThanEquals", 3, True),
        (3, "NumericGreaterThan", 3, False),
        (3, "NumericGreaterThanEquals", 3, True),
        (True, "BooleanEquals", True, True),
        (1, "BooleanEquals", True, False),
        (False, "BooleanEquals", False, True),
        (EARLY, "TimestampEquals", "2026-03-14T02:59:00+01:00", True),
        (EARLY, "TimestampLessThan", LATE, True),
        (LATE, "TimestampLessThanEquals", EARLY, False),
        (LATE, "TimestampGreaterThan", EARLY, True),
        (EARLY, "TimestampGreaterThanEquals", LATE, False),
        ("soon", "TimestampEquals", EARLY, False),
    ],
)
def test_values_compare_with_values_of_their_type(
    value: Json,
    comparison: str,
    operand: Json,
    holds: bool,  # noqa: FBT001  a table
    enter: Enter,
) -> None:
    """An operand is a constant or a path. Values of other types never match."""
    assert matches(enter, {"v": value}, {"Variable": "$.v", comparison: operand}) is holds
    assert (
        matches(enter, {"v": value, "o": operand}, {"Variable": "$.v", f"{comparison}Path": "$.o"}) is holds
    )


@pytest.mark.parametrize(
    ("text", "pattern", "holds"),
    [
        ("log-2026.txt", "log-*.txt", True),
        ("log-2026.txt", "*", True),
        ("", "*", True),
        ("", "", True),
        ("log", "log*", True),
        ("log", "lo", False),
        ("aXbXc", "a*b*c", True),
        ("acb", "a*b*c", False),
        ("aba", "ab*ba", False),
        ("a*b", r"a\*b", True),
        ("axb", r"a\*b", False),
        ("a\\b", r"a\\b", True),
        ("a\\xb", r"a\\*b", True),
        ("a\nb", "a*b", True),
        (5, "*", False),
    ],
)
def test_strings_match_patterns(text: Json, pattern: str, holds: bool, enter: Enter) -> None:  # noqa: FBT001  a table
    """A star matches any text; a backslash escapes it."""
    assert matches(enter, {"v": text}, {"Variable": "$.v", "StringMatches": pattern}) is holds


def test_a_pattern_of_many_stars_does_not_hang(enter: Enter) -> None:
    """Matching reads the text once."""
    pattern = "*a" * 1_000 + "*b"
    assert not matches(enter, {"v": "a" * 100_000}, {"Variable": "$.v", "StringMatches": pattern})


@pytest.mark.parametrize(
    ("test", "value"),
    [
        ("IsNull", None),
        ("IsString", ""),
        ("IsNumeric", 0.0),
        ("IsBoolean", False),
        ("IsTimestamp", EARLY),
    ],
)
def test_types_are_distinguished(test: str, value: Json, enter: Enter) -> None:
    """Each test matches its own type only. Comparing with false negates it."""
    samples: list[Json] = [None, "", 0.0, False, EARLY, {}, []]
    fitting = [value] if test != "IsString" else ["", EARLY]
    for sample in samples:
        fits = any(sample is one for one in fitting)
        assert matches(enter, {"v": sample}, {"Variable": "$.v", test: True}) is fits
        assert matches(enter, {"v": sample}, {"Variable": "$.v", test: False}) is not fits


def test_presence_can_be_tested(enter: Enter) -> None:
    """Null is present. IsPresent is the only test that accepts an absent variable."""
    assert matches(enter, {"v": None}, {"Variable": "$.v", "IsPresent": True})
    assert matches(enter, {}, {"Variable": "$.v", "IsPresent": False})
    assert not matches(enter, {}, {"Variable": "$.v", "IsPresent": True})


@pytest.mark.parametrize(
    "rule", [{"Variable": "$.no", "IsNull": True}, {"Variable": "$.v", "NumericEqualsPath": "$.no"}]
)
def test_an_absent_variable_fails_the_state(rule: dict[str, Any], enter: Enter) -> None:
    """An absent operand fails it too."""
    decision = enter({"v": 1}, "Choice", Choices=[{**rule, "Next": "A"}], Default="B")
    cause = "Invalid path '$.no': The choice state's condition path references an invalid value."
    assert decision == Failure("States.Runtime", PREFIX + cause)


def test_rules_combine(enter: Enter) -> None:
    """And, Or and Not can be nested. And stops at the first rule that does not match."""
    present = {"Variable": "$.v", "IsPresent": True}
    rule = {
        "Or": [
            {"And": [present, {"Variable": "$.v", "NumericLessThan": 0}]},
            {"Not": {"And": [present, {"Variable": "$.v", "NumericLessThan": 10}]}},
        ]
    }
    assert [matches(enter, value, rule) for value in ({"v": -1}, {"v": 5}, {"v": 15}, {})] == [
        True,
        False,
        True,
        True,
    ]


def test_the_first_matching_rule_decides(enter: Enter) -> None:
    """Rules are tried in the order of the definition; the default comes last."""
    choices = [
        {"Variable": "$.v", "NumericGreaterThan": 9, "Next": "A"},
        {"Variable": "$.v", "NumericGreaterThan": 4, "Next": "B"},
    ]
    answers = [enter({"v": v}, "Choice", Choices=choices, Default="C") for v in (10, 5, 1)]
    assert [answer.next for answer in answers] == ["A", "B", "C"]  # type: ignore[union-attr]


def test_rules_read_the_context_object(enter: Enter) -> None:
    """Variable and the path of an operand can both start there."""
    rule = {"Variable": "$$.Execution.Name", "StringEqualsPath": "$$.Execution.Name"}
    assert matches(enter, {}, rule)


def test_a_choice_without_a_match_or_a_default_fails(enter: Enter) -> None:
    """AWS reports States.Runtime, although its documentation names States.NoChoiceMatched."""
    rule = {"Variable": "$.v", "IsPresent": True, "Next": "A"}
    cause = "Failed to transition out of the state. The state does not point to a next state."
    assert enter({}, "Choice", Choices=[rule]) == Failure("States.Runtime", PREFIX + cause)


def test_unchanged_data_remain_the_same_object(enter: Enter) -> None:
    """Only InputPath and OutputPath select other data."""
    value = {"v": {"w": 1}}
    rule = {"Variable": "$.w", "IsPresent": True, "Next": "A"}
    decision = enter(value, "Choice", Choices=[rule], Default="B")
    assert isinstance(decision, Proceed)
    assert decision.output is value
    selecting = enter(value, "Choice", InputPath="$.v", OutputPath="$.w", Choices=[rule])
    assert selecting == Proceed(1, "A")
