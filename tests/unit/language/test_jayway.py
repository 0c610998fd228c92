"""Paths lead to what AWS's library finds: a table of its answers, and generated paths."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.jsonpath.grammar import InvalidPath
from stepfunctions_local.language.jsonpath.path import MISSING, parse_path
from tests.unit.language.samples import NOW, MakeVisit

TABLE = json.loads(Path(__file__).with_name("jayway.json").read_text())
"""A document, generated paths, and what version 2.0.0 of com.jayway.jsonpath:json-path answered.

An answer is `value` with the value, `error` with the message if it is about a missing part, or `invalid`.
"""

Node: TypeAlias = dict[str, Any]
Find: TypeAlias = Callable[[Any], list[Any]]


@pytest.mark.parametrize(("path", "kind", "answer"), [(*row, None)[:3] for row in TABLE["answers"]])
def test_a_path_is_answered_as_by_jayway(path: str, kind: str, answer: Json, make_visit: MakeVisit) -> None:
    """Values, missing parts and refusals are the library's."""
    document, visit = TABLE["document"], make_visit()
    if kind == "invalid":
        with pytest.raises(InvalidPath):
            parse_path(path)
    elif kind == "value":
        found = parse_path(path).look_up(document, visit)
        assert json.dumps(found) == json.dumps(answer)
    else:
        assert parse_path(path).look_up(document, visit) is MISSING
        assert answer in {None, parse_path(path).explain_absence(document, visit)}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.bar[?(@ == 'a')]", []),
        ("$.bar[?(@ == a)]", []),
        ("$.bar[?(@ != 'a')]", []),
        ("$.bar[?(@)]", []),
        ("$.bar[?(!@.a)]", []),
        ("$.mixed[?(@)]", [{"a": 1}]),
        ("$.mixed[?(!@.zz)]", [{"a": 1}]),
        ("$.mixed[?(@.a != 2)]", [{"a": 1}]),
        ("$.jar[?(@.a >= 5)]", [{"a": 5}, {"a": 7}]),
        ("$.jar[0,1].a", [1, 5]),
    ],
)
def test_a_filter_matches_objects_only(path: str, found: Json, make_visit: MakeVisit) -> None:
    """AWS differs from its library here: "it only matches objects", says "Paths" in the Developer Guide."""
    document: Json = {
        "bar": ["a", "b", "c"],
        "mixed": ["a", 1, None, [1], {"a": 1}],
        "jar": [{"a": 1}, {"a": 5}, {"a": 2}, {"a": 7}, {"a": 3}],
    }
    assert parse_path(path).look_up(document, make_visit()) == found


def build_node(depth: int, key: int = 0) -> Node:
    """Return a tree: each node has a key, and, down to some depth, a child and a list of three children."""
    if depth == 0:
        return {"key": key}
    children = [build_node(depth - 1, number) for number in range(3)]
    return {"key": key, "a b": build_node(depth - 1, key + 1), "list": children}


def pick(*indexes: int) -> Find:
    """Return a step that finds items by their indexes."""
    return lambda items: [items[index] for index in indexes]


def keep(condition: Callable[[int], bool]) -> Find:
    """Return a step that finds the items whose keys fulfil a condition."""
    return lambda items: [item for item in items if condition(item["key"])]


INTO_LIST: dict[str, Find] = dict.fromkeys(
    [".list", "['list']", "[ 'list' ]", ".['list']"], lambda n: [n["list"]]
)
INTO_CHILD: dict[str, Find] = dict.fromkeys(["['a b']", "[ 'a b' ]", ".['a b']"], lambda n: [n["a b"]])
ONE_ITEM: dict[str, Find] = {
    "[0]": pick(0),
    "[ 2 ]": pick(2),
    ".[1]": pick(1),
    "[(@.length-1)]": pick(2),
    "[( @.length() - 3 )]": pick(0),
}
ITEMS: dict[str, Find] = {
    "[*]": pick(0, 1, 2),
    ".*": pick(0, 1, 2),
    "[2,0]": pick(2, 0),
    "[1:]": pick(1, 2),
    "[-2:]": pick(1, 2),
    "[:-1]": pick(0, 1),
    "[:9]": pick(0, 1, 2),
    "[0:2]": pick(0, 1),
    "[1:-1]": pick(),
    "[?(@.key)]": pick(0, 1, 2),
    "[?(!@.none)]": pick(0, 1, 2),
    "[?(@.key == 1)]": keep(lambda key: key == 1),
    "[?(@['key']!='1')]": keep(lambda key: key != 1),
    "[?(@.key>=1 && @.key<2.5)]": keep(lambda key: key >= 1),
    "[?(@.key < 1 || (@.key > 1))]": keep(lambda key: key != 1),
    "[?(@.key == null || @.none == 1)]": pick(),
}
"""The finds of each step, by the table above; a step that finds several places makes the path a search."""


@given(st.lists(st.sampled_from([INTO_CHILD, ONE_ITEM, ITEMS]), max_size=3), st.data())
def test_a_generated_path_leads_where_its_steps_do(kinds: list[dict[str, Find]], data: st.DataObject) -> None:
    """A path finds what each of its steps finds in what the steps before found."""
    text, found, searches = "$", [build_node(len(kinds))], False
    for kind in kinds:
        searches |= kind is ITEMS
        for steps in [kind] if kind is INTO_CHILD else [INTO_LIST, kind]:
            step = data.draw(st.sampled_from(sorted(steps)))
            text, found = text + step, [part for node in found for part in steps[step](node)]
    text += data.draw(st.sampled_from(["", " ", "\t \n"]))
    expected = found if searches else found[0]
    assert parse_path(text).look_up(build_node(len(kinds)), Visit({}, dict, 2, NOW)) == expected
