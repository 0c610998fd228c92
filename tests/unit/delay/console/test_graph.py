"""A definition as a graph, and the way that an execution took."""

import json
from datetime import UTC, datetime
from typing import Any

from delay.console.graph import Edge, Graph, Node, Way, graph_of_way, read_graph, read_way
from delay.task import Status

DEFINITION = json.dumps(
    {
        "StartAt": "Choose",
        "States": {
            "Choose": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Both"}],
                "Default": "End",
            },
            "Both": {
                "Type": "Parallel",
                "Branches": [{"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}],
                "Next": "Each",
            },
            "Each": {
                "Type": "Map",
                "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}},
                "Next": "End",
            },
            "End": {"Type": "Succeed"},
        },
    }
)


def entered(*names: str) -> list[dict[str, Any]]:
    """Return a history that enters states, and exits all but the last."""
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    events: list[dict[str, Any]] = []
    for name in names:
        if events:
            previous = events[-1]["stateEnteredEventDetails"]["name"]
            details = {"name": previous}
            events.append(
                {"type": "PassStateExited", "timestamp": moment, "stateExitedEventDetails": details}
            )
        details = {"name": name}
        events.append({"type": "PassStateEntered", "timestamp": moment, "stateEnteredEventDetails": details})
    return events


def test_graph_has_states_and_transitions() -> None:
    """States of branches and of items know where they stand."""
    graph = read_graph(DEFINITION)
    assert [(node.name, node.parent) for node in graph.nodes] == [
        ("Choose", None),
        ("Both", None),
        ("Left", "Both"),
        ("Each", None),
        ("One", "Each"),
        ("End", None),
    ]
    assert set(graph.edges) == {
        Edge("__start", "Choose"),
        Edge("Choose", "Both", "choice 1"),
        Edge("Choose", "End", "default"),
        Edge("Both", "Each"),
        Edge("Both", "End", "catch"),
        Edge("Each", "End"),
        Edge("End", "__end"),
    }


def test_malformed_definition_has_no_graph() -> None:
    """Such as one that a newer version of the language allows."""
    for text in ("", "[]", "{}", '{"States": 1}', '{"StartAt": "A", "States": {"A": {}}}'):
        assert read_graph(text) == Graph((), ())


def test_way_marks_what_was_passed() -> None:
    """And where it is now."""
    way = read_way(entered("Choose", "End"), Status.RUNNING)
    assert way == Way(("Choose", "End"), frozenset({"End"}))
    described = json.loads(read_graph(DEFINITION).describe(way))
    states = {node["id"]: node["state"] for node in described["nodes"]}
    assert states == {"Choose": "taken", "End": "current", "Both": "", "Left": "", "Each": "", "One": ""}
    taken = {(edge["from"], edge["to"]) for edge in described["edges"] if edge["taken"]}
    assert taken == {("__start", "Choose"), ("Choose", "End")}


def test_failed_execution_marks_its_last_state() -> None:
    """An ended one is in no state."""
    way = read_way(entered("Choose"), Status.FAILED)
    assert way.current == frozenset()
    assert read_graph(DEFINITION).list_states(way)[0][1] == "failed"


def test_way_alone_is_a_graph() -> None:
    """On AWS the definition is not read."""
    graph = graph_of_way(Way(("A", "B", "A")))
    assert graph.nodes == (Node("A", ""), Node("B", ""))
    assert graph.edges == (Edge("__start", "A"), Edge("A", "B"), Edge("B", "A"))
    assert graph_of_way(Way()) == Graph((), ())
