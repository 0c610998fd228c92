"""Tables on disk for the time of a run, so that a million lines take no memory."""

import sqlite3


def temporary_table(columns: str) -> sqlite3.Connection:
    """Create the table `item` in a database of its own, which disappears with the connection."""
    database = sqlite3.connect("", isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute(f"CREATE TABLE item ({columns}) WITHOUT ROWID")
    database.execute("BEGIN")  # one transaction, never ended: nothing is to outlive the run
    return database
