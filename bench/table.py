"""The rows as one table, in Markdown, so that it can go into a page as it is printed."""

from collections.abc import Iterable

from bench.endpoint import Endpoint
from bench.figure import Figure, Row

_VERDICTS = {True: "yes", False: "NO", None: "not judged"}


def table(rows: list[Row], ours: Endpoint, peers: list[Endpoint]) -> str:
    """Return the table, and under it how each row was measured and how each endpoint journals."""
    lines = [_line(["work", f"{ours}", "to reach", "reached", "peers in the same run"]), _line(["---"] * 5)]
    lines += [_line(_cells(row)) for row in rows]
    lines += ["", *(f"- {row.work}: {row.how}." for row in rows)]
    lines += [
        f"- {endpoint}: {endpoint.journaled}; {' '.join(_command(endpoint))}" for endpoint in [ours, *peers]
    ]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    beside = "; ".join(_beside(row, name, peer) for name, peer in row.peers.items())
    return [row.work, row.ours.text, row.reach, _VERDICTS[row.reached], beside or "none"]


def _beside(row: Row, name: str, peer: Figure) -> str:
    ratio = row.ratio(peer)
    return f"{name}: {peer.text}" + (f", ours {ratio:,.1f} times better" if ratio else "")


def _command(endpoint: Endpoint) -> list[str]:
    """Return the command without the folders of this machine."""
    program, *options = endpoint.command
    variables = [f"{name}={value}" for name, value in endpoint.variables.items()]
    return [*variables, program.rpartition("/")[2], *options]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
