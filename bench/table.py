"""Formats the rows as one Markdown table, ready to be pasted into a page."""

from collections.abc import Iterable

from bench.endpoint import Endpoint
from bench.figure import Figure, Row

_VERDICTS = {True: "yes", False: "NO", None: "not judged"}


def format_table(rows: list[Row], ours: Endpoint, peers: list[Endpoint]) -> str:
    """Return the table, followed by how each row was measured and how each endpoint journals."""
    lines = [
        _format_line(["work", f"{ours}", "target", "reached", "peers in the same run"]),
        _format_line(["---"] * 5),
    ]
    lines += [_format_line(_format_cells(row)) for row in rows]
    lines += ["", *(f"- {row.work}: {row.how}." for row in rows)]
    lines += [
        f"- {endpoint}: {endpoint.journaled}; {' '.join(_format_command(endpoint))}"
        for endpoint in [ours, *peers]
    ]
    return "\n".join(lines)


def _format_cells(row: Row) -> list[str]:
    peers = "; ".join(_format_peer(row, name, peer) for name, peer in row.peers.items())
    return [row.work, row.ours.text, row.target, _VERDICTS[row.reached], peers or "none"]


def _format_peer(row: Row, name: str, peer: Figure) -> str:
    ratio = row.ratio(peer)
    return f"{name}: {peer.text}" + (f", ours {ratio:,.1f} times better" if ratio else "")


def _format_command(endpoint: Endpoint) -> list[str]:
    """Return the command without this computer's folders."""
    program, *options = endpoint.command
    variables = [f"{name}={value}" for name, value in endpoint.variables.items()]
    return [*variables, program.rpartition("/")[2], *options]


def _format_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
