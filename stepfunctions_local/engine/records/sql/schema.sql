-- The tables of a journal, format {version}.
-- Moments are milliseconds since 1970, UTC. `id` of a position or fork is a branch's: see execution/branch.py.

-- State machines with their revisions, versions and aliases, activities, and executions, as the API shows them.
CREATE TABLE state_machines (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    tags TEXT NOT NULL,
    first_publication TEXT,
    last_version INTEGER NOT NULL
) STRICT;

CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    state_machine INTEGER NOT NULL,
    definition TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    configuration TEXT NOT NULL,
    updated INTEGER NOT NULL,
    revision_id TEXT
) STRICT;

CREATE TABLE versions (
    state_machine INTEGER NOT NULL,
    number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created INTEGER NOT NULL,
    description TEXT,
    PRIMARY KEY (state_machine, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE aliases (
    state_machine INTEGER NOT NULL,
    name TEXT NOT NULL,
    routes TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    description TEXT,
    PRIMARY KEY (state_machine, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE activities (
    name TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    tags TEXT NOT NULL,
    encryption TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state_machine INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    started INTEGER NOT NULL,
    input TEXT NOT NULL,
    status TEXT NOT NULL,
    stopped INTEGER,
    output TEXT,
    error TEXT,
    cause TEXT,
    trace_header TEXT,
    redrives INTEGER NOT NULL,
    redriven INTEGER,
    version INTEGER,
    alias TEXT,
    mocks TEXT,
    map_run INTEGER,
    item_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX executions_by_name ON executions (state_machine, name);
CREATE INDEX executions_by_status ON executions (state_machine, status, {latest}) WHERE map_run IS NULL;
CREATE INDEX executions_by_version ON executions (state_machine, version, status, {latest})
    WHERE version IS NOT NULL AND map_run IS NULL;
CREATE INDEX executions_by_alias ON executions (state_machine, alias, status, {latest})
    WHERE alias IS NOT NULL AND map_run IS NULL;
CREATE INDEX executions_redriven ON executions (state_machine, status, {latest})
    WHERE redrives > 0 AND map_run IS NULL;
CREATE INDEX executions_by_end ON executions (stopped) WHERE stopped IS NOT NULL AND map_run IS NULL;

-- Children of Map Runs: in the order of their ids, and by status.
CREATE INDEX children ON executions (map_run) WHERE map_run IS NOT NULL;
CREATE INDEX children_by_status ON executions (map_run, status, {latest}, item_count) WHERE map_run IS NOT NULL;

-- Map Runs. The items that no child has begun with are in `items`, under the id of the run.
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

-- The positions of the branches of running executions, and the last ones of unsuccessful executions.
{positions}
{halted}
-- What a list by due time shows, and what it leaves out: roots that wait, and roots that have gone on.
CREATE INDEX positions_waiting ON positions (due) WHERE phase = 'WAITING' AND parent IS NULL;
CREATE INDEX positions_busy ON positions (entered) WHERE phase <> 'WAITING' AND parent IS NULL;

-- The progress of each Parallel and Map, and the input or output of each of its branches, as JSON.
CREATE TABLE forks (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    started_event INTEGER NOT NULL,
    previous_event INTEGER NOT NULL,
    length INTEGER NOT NULL,
    at_once INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    open INTEGER NOT NULL,
    output_bytes INTEGER NOT NULL,
    last_event INTEGER NOT NULL
) STRICT;
CREATE TABLE items (
    fork INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (fork, number)
) STRICT, WITHOUT ROWID;

-- How often the mocked Tasks of an execution have been invoked.
CREATE TABLE invocations (
    execution INTEGER NOT NULL,
    state TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (execution, state)
) STRICT, WITHOUT ROWID;

-- Redrives, with the client tokens of their requests.
CREATE TABLE redrives (
    execution INTEGER NOT NULL,
    number INTEGER NOT NULL,
    redriven INTEGER NOT NULL,
    token TEXT,
    PRIMARY KEY (execution, number)
) STRICT, WITHOUT ROWID;

-- Histories, a turn a row, numbered without gaps.
CREATE TABLE turns (
    number INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL,
    first_event INTEGER NOT NULL,
    events TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX turns_by_execution ON turns (execution, first_event);

-- Deleted, but not yet gone: a state machine with executions, or an execution with turns or items.
CREATE TABLE remains (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- The number of the last turn, the count of removed turns, the milliseconds that the clock was skipped,
-- and the secret that seals task tokens. Later: the time of the latest event, and the time until which the
-- retention of executions is counted.
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('last_turn', 0), ('turns_removed', 0), ('clock_ahead', 0), ('token_key', random());

PRAGMA application_id = {application_id};
PRAGMA user_version = {version};
