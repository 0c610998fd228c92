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

-- name: 6
ALTER TABLE executions ADD COLUMN map_run INTEGER;
ALTER TABLE executions ADD COLUMN item_count INTEGER NOT NULL DEFAULT 0;
DROP INDEX executions_by_status;
DROP INDEX executions_by_version;
DROP INDEX executions_by_alias;
DROP INDEX executions_redriven;
DROP INDEX executions_by_end;
CREATE INDEX executions_by_status ON executions (state_machine, status, coalesce(stopped, redriven, started)) WHERE map_run IS NULL;
CREATE INDEX executions_by_version ON executions (state_machine, version, status, coalesce(stopped, redriven, started))
    WHERE version IS NOT NULL AND map_run IS NULL;
CREATE INDEX executions_by_alias ON executions (state_machine, alias, status, coalesce(stopped, redriven, started))
    WHERE alias IS NOT NULL AND map_run IS NULL;
CREATE INDEX executions_redriven ON executions (state_machine, status, coalesce(stopped, redriven, started))
    WHERE redrives > 0 AND map_run IS NULL;
CREATE INDEX executions_by_end ON executions (stopped) WHERE stopped IS NOT NULL AND map_run IS NULL;
CREATE INDEX children ON executions (map_run) WHERE map_run IS NOT NULL;
CREATE INDEX children_by_status ON executions (map_run, status, coalesce(stopped, redriven, started), item_count) WHERE map_run IS NOT NULL;
CREATE TABLE map_runs (
    id INTEGER PRIMARY KEY,
    branch INTEGER NOT NULL,
    state TEXT NOT NULL,
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    plan TEXT NOT NULL,
    started INTEGER NOT NULL,
    status TEXT NOT NULL,
    stopped INTEGER,
    error TEXT,
    length INTEGER NOT NULL,
    is_read INTEGER NOT NULL,
    position TEXT,
    redrives INTEGER NOT NULL,
    redriven INTEGER,
    redriven_up_to INTEGER NOT NULL
) STRICT;
CREATE INDEX map_runs_by_branch ON map_runs (branch);
CREATE INDEX map_runs_by_name ON map_runs (name);
CREATE INDEX map_runs_running ON map_runs (id) WHERE status = 'RUNNING';

-- name: 7
CREATE INDEX positions_waiting ON positions (due) WHERE phase = 'WAITING' AND parent IS NULL;
CREATE INDEX positions_busy ON positions (entered) WHERE phase <> 'WAITING' AND parent IS NULL;
