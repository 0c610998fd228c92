CREATE TABLE {table} (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    number INTEGER,
    state TEXT NOT NULL,
    input TEXT,
    entered_event INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    last_event INTEGER NOT NULL,
    previous_event INTEGER,
    phase TEXT NOT NULL,
    due INTEGER NOT NULL,
    retries TEXT,
    variables TEXT,
    awaited TEXT
) STRICT;
