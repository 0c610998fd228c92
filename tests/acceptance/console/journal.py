"""Fills a journal with waiting executions, faster than they could be started."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from stepfunctions_local.engine.execution.branch import BITS

SPREAD_SECONDS = 30 * 24 * 3600


def fill(journal: Path, number: int) -> None:
    """Add executions of the only state machine, due over thirty days, with keys of a thousand prefixes."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as database:
        machine, revision = database.execute("SELECT id, revision FROM state_machines").fetchone()
        started = int(datetime.now(UTC).timestamp() * 1000)
        delays = [3600 + (each * 7919) % SPREAD_SECONDS for each in range(number)]
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO executions (id, name, state_machine, revision, started, input, status, redrives) "
            "VALUES (?, ?, ?, ?, ?, ?, 'RUNNING', 0)",
            (
                (each, f"order-{each % 1000:03}-{each}", machine, revision, started, _write(each, delay))
                for each, delay in enumerate(delays, 1)
            ),
        )
        database.executemany(
            "INSERT INTO positions (id, state, entered_event, entered, last_event, phase, due) "
            "VALUES (?, 'WaitState', 2, ?, 2, 'WAITING', ?)",
            ((each << BITS, started, started + delay * 1000) for each, delay in enumerate(delays, 1)),
        )
        database.execute("COMMIT")


def _write(number: int, delay: int) -> str:
    return json.dumps({"expirydate": delay, "order": number})
