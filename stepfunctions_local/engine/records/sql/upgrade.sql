-- What a journal of an older format lacks, by that format. Each statement must leave the tables as schema.sql
-- would create them.

-- name: 3
CREATE TABLE remains (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- name: 4
ALTER TABLE executions ADD COLUMN mocks TEXT;
CREATE TABLE invocations (
    execution INTEGER NOT NULL,
    state TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (execution, state)
) STRICT, WITHOUT ROWID;

-- name: 5
CREATE TABLE activities (
    name TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    tags TEXT NOT NULL,
    encryption TEXT NOT NULL
) STRICT, WITHOUT ROWID;
