"""No query of the console reads all waiting executions."""

from contextlib import closing

import pytest

from stepfunctions_local.engine.execution.branch import BITS
from stepfunctions_local.engine.records.listing import LATEST
from stepfunctions_local.engine.records.schema import connect
from stepfunctions_local.engine.records.statements import read_statements

NAMES = ("state_machine", "first", "last", "now", "due_from", "due_until", "due_after", "id_after")
PARAMETERS = dict.fromkeys((*NAMES, "moment", "id", "limit", "few", "near", "status", "running"), 1)


@pytest.mark.parametrize(
    "name",
    [
        "counts",
        "counts_named",
        "are_few",
        "waiting",
        "waiting_near",
        "waiting_named",
        "busy",
        "with_status",
        "with_status_near",
        "with_status_named",
        "by_minute",
        "all_by_minute",
    ],
)
def test_query_searches_an_index(name: str) -> None:
    """SQLite scans no table, only what a part of the query has found."""
    query = read_statements("read")[name].format(bits=BITS, latest=LATEST)
    with closing(connect(None)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query}", PARAMETERS)]
    scans = [step for step in plan if step.startswith("SCAN")]
    allowed = ("SCAN positions USING INDEX positions_busy", "SCAN busy", "SCAN p", "SCAN (subquery")
    assert [step for step in scans if not step.startswith(allowed)] == [], plan
