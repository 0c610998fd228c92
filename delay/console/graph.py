"""A state machine as a graph, with the way that an execution took through it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delay.console.way import END, START, Way


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `parent` is the state whose branch it stands in."""

    name: str
    type: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition from one state to another, with the reason to take it, if there is one."""

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """The states of a state machine in the order of its definition, and their transitions."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def describe(self, way: Way) -> str:
        """Return the graph and the way as JSON, for the script that draws it."""
        nodes = [
            {
                "id": node.name,
                "type": node.type,
                "parent": node.parent,
                "state": way.find_state(node.name),
            }
            for node in self.nodes
        ]
        edges = [
            {
                "from": edge.start,
                "to": edge.end,
                "label": edge.label,
                "taken": (edge.start, edge.end) in way.transitions,
            }
            for edge in self.edges
        ]
        return json.dumps({"nodes": nodes, "edges": edges})

    def list_states(self, way: Way) -> list[tuple[Node, str]]:
        """Return each state with what became of it, for readers of text."""
        return [(node, way.find_state(node.name)) for node in self.nodes]


def read_graph(definition: str) -> Graph:
    """Return the graph of a definition in the Amazon States Language; an empty one if it is none."""
    try:
        machine = json.loads(definition)
        nodes, edges = list(_list_nodes(machine, None)), list(_list_edges(machine, is_outer=True))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return Graph((), ())
    names = {node.name for node in nodes} | {START, END}
    return Graph(tuple(nodes), tuple(edge for edge in edges if {edge.start, edge.end} <= names))


def graph_of_way(way: Way) -> Graph:
    """Return the states that an execution entered, if the definition is not known."""
    nodes = tuple(Node(name, "") for name in way.entered)
    return Graph(nodes, tuple(Edge(*transition) for transition in way.transitions))


def _list_nodes(machine: Mapping[str, Any], parent: str | None) -> Iterator[Node]:
    for name, state in machine["States"].items():
        yield Node(name, str(state["Type"]), parent)
        for inner in _list_inner(state):
            yield from _list_nodes(inner, name)


def _list_edges(machine: Mapping[str, Any], *, is_outer: bool) -> Iterator[Edge]:
    if is_outer:
        yield Edge(START, machine["StartAt"])
    for name, state in machine["States"].items():
        yield from _list_edges_of(name, state, is_outer=is_outer)
        for inner in _list_inner(state):
            yield from _list_edges(inner, is_outer=False)


def _list_edges_of(name: str, state: Mapping[str, Any], *, is_outer: bool) -> Iterator[Edge]:
    if "Next" in state:
        yield Edge(name, state["Next"])
    for number, choice in enumerate(state.get("Choices", ()), 1):
        yield Edge(name, choice["Next"], f"choice {number}")
    if "Default" in state:
        yield Edge(name, state["Default"], "default")
    for catch in state.get("Catch", ()):
        yield Edge(name, catch["Next"], "catch")
    if is_outer and (state.get("End") is True or state["Type"] in {"Succeed", "Fail"}):
        yield Edge(name, END)


def _list_inner(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the machines inside a state: the branches of a Parallel, or what a Map does with each item."""
    processors = [state[name] for name in ("ItemProcessor", "Iterator") if name in state]
    return [*state.get("Branches", ()), *processors]
