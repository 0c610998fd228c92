"""A definition as a graph, with the way that an execution took."""

import json

from delay.console.graph import Edge, Graph, Node, graph_of_way, read_graph
from delay.console.way import Way

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


def test_graph_marks_the_way() -> None:
    """The states that it passed, and the one that it is in."""
    way = Way(("Choose", "End"), (("__start", "Choose"), ("Choose", "End")), frozenset({"End"}))
    described = json.loads(read_graph(DEFINITION).describe(way))
    states = {node["id"]: node["state"] for node in described["nodes"]}
    assert states == {"Choose": "taken", "End": "current", "Both": "", "Left": "", "Each": "", "One": ""}
    taken = {(edge["from"], edge["to"]) for edge in described["edges"] if edge["taken"]}
    assert taken == {("__start", "Choose"), ("Choose", "End")}


def test_way_alone_is_a_graph() -> None:
    """On AWS the definition is not read."""
    graph = graph_of_way(Way(("A", "B"), (("__start", "A"), ("A", "B"), ("B", "A"))))
    assert graph.nodes == (Node("A", ""), Node("B", ""))
    assert graph.edges == (Edge("__start", "A"), Edge("A", "B"), Edge("B", "A"))
    assert graph_of_way(Way()) == Graph((), ())
