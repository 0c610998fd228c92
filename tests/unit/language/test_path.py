"""Paths find the values that AWS finds."""

from typing import Any

import pytest

from stepfunctions_local.language import budget
from stepfunctions_local.language.budget import CutOff
from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.jsonpath.path import (
    MISSING,
    InvalidPath,
    parse_input_path,
    parse_path,
    parse_reference_path,
)
from tests.unit.language.samples import MakeVisit

STORE: Json = {
    "book": [{"price": 8, "tag": "x"}, {"price": 12, "tag": "y"}, {"price": 20}],
    "a.b": {"c d": 1},
    "order-id": 7,
    "null": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", STORE),
        ("$.book[0].price", 8),
        ("$['a.b']['c d']", 1),
        ("$.['a.b'].['c d']", 1),
        ("$.[ 'book' ][ 0 ].price \t", 8),
        ("$.book[(@.length-1)].price", 20),
        ("$.book[0]['price','tag','x']", {"price": 8, "tag": "x"}),
        ("$.order-id", 7),
        ("$.null", None),
    ],
)
def test_a_plain_path_returns_its_value(path: str, found: Json, make_visit: MakeVisit) -> None:
    """Names, quoted names and indexes lead to one value."""
    assert parse_path(path).look_up(STORE, make_visit()) == found


@pytest.mark.parametrize(
    "path", ["$.nope", "$.book[3]", "$.book.price", "$.null.x", "$.order-id[0]", "$[0]", "$.book[-1]"]
)
def test_a_plain_path_to_nothing_is_missing(path: str, make_visit: MakeVisit) -> None:
    """MISSING differs from null."""
    assert parse_path(path).look_up(STORE, make_visit()) is MISSING


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.book[*].price", [8, 12, 20]),
        ("$.book.*.tag", ["x", "y"]),
        ("$.book[1:]", [{"price": 12, "tag": "y"}, {"price": 20}]),
        ("$.book[:1].price", [8]),
        ("$.book[0,2].price", [8, 20]),
        ("$..price", [8, 12, 20]),
        ("$..['c d']", [1]),
        ("$.book[?(@.price < 15)].price", [8, 12]),
        ("$.book[?(@['tag'] == 'y')].price", [12]),
        ("$.book[?(@.tag && @.price > 8)][*]", [12, "y"]),
        ("$.nope[*]", []),
        ("$.nope[0:2].x", []),
        ("$..nope", []),
    ],
)
def test_a_search_returns_a_list(path: str, found: Json, make_visit: MakeVisit) -> None:
    """A path that can find several values returns a list, empty if there are none."""
    assert parse_path(path).look_up(STORE, make_visit()) == found


def test_a_path_with_two_dollars_starts_in_the_context_object(make_visit: MakeVisit) -> None:
    """It does not start in the input."""
    assert parse_path("$$.Execution.Name").look_up({}, make_visit()) == "order-42"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "$.",
        "$..",
        "$.a b",
        "$.a[",
        "$.a[x]",
        "$.a['b]",
        "$.a..",
        "$x y",
        '$["a"]',
        "$.a[1.5]",
        "$.a[0:2:1]",
        "$.a[?(1)]",
        "$.a[?(@.b == 'x&&y')]",
        "$.a[?(@.b =~ /x/)]",
        "$.a[?length(@.b) > 1]",
        "$.a[?(@..b)]",
        "$.a[?(@.*)]",
        "$.a[?(@.b in $.c)]",
        "$.a[?($.c contains @.b)]",
        "$.a[?(((]",
        "$.a | $.b",
        "$['a' 'b']",
        "$.a[99999999999]",
        "$" + ".a" * 101,
        "$[?" + "(" * 5_000 + "@.a" + ")" * 4_000 + "]",
    ],
)
def test_an_invalid_or_unbounded_path_is_refused(path: str) -> None:
    """The parser refuses syntax errors, functions, regular expressions and searches within filters."""
    with pytest.raises(InvalidPath):
        parse_path(path)


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[0:1]", "$$.Execution.Id", "a"])
def test_a_reference_path_must_name_one_place_in_the_input(path: str) -> None:
    """Searches and the context object are refused."""
    with pytest.raises(InvalidPath, match="Value is not a Reference Path"):
        parse_reference_path(path)


@pytest.mark.parametrize("path", ["$x", "$x.a", "$$"])
def test_an_input_path_must_stay_in_the_input(path: str) -> None:
    """A result cannot be written to a variable."""
    with pytest.raises(InvalidPath, match="Value is not a Reference Path"):
        parse_input_path(path)


@pytest.fixture
def few_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow about a hundredth of the steps."""
    monkeypatch.setattr(budget, "MAX_STEPS", 3_000)


@pytest.mark.usefixtures("few_visits")
def test_a_search_that_visits_too_many_nodes_fails(make_visit: MakeVisit) -> None:
    """Three descents through a hundred levels would take minutes."""
    nested: Any = {}
    for _ in range(99):
        nested = {"a": nested}
    with pytest.raises(CutOff):
        parse_path("$..*..*..*..x").look_up([nested], make_visit())


@pytest.mark.usefixtures("few_visits")
def test_a_filter_that_compares_long_texts_fails(make_visit: MakeVisit) -> None:
    """A long comparison counts as many visits."""
    document: Json = {"limit": "x" * 100_000, "list": [{"text": "x" * 100_000}] * 100}
    with pytest.raises(CutOff):
        parse_path("$.list[?(@.text == $.limit)]").look_up(document, make_visit())


@pytest.mark.usefixtures("few_visits")
def test_a_search_with_too_many_descents_fails(make_visit: MakeVisit) -> None:
    """Each descent adds a level of nesting."""
    nested: Any = {}
    for _ in range(99):
        nested = {"a": nested}
    with pytest.raises((EvaluationFailed, CutOff)):
        parse_path("$" + "..a" * 50).look_up(nested, make_visit())


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.x", "No results for path: $['x']"),
        ("$.x.y", "Missing property in path $['x']"),
        ("$.book[9]", "Index out of bounds when evaluating path $['book'][9]"),
    ],
)
def test_a_path_explains_why_it_finds_nothing(path: str, reason: str, make_visit: MakeVisit) -> None:
    """The message is that of the library that AWS uses."""
    assert parse_path(path).explain_absence(STORE, make_visit()) == reason
