-- name: save_state_machine
INSERT OR REPLACE INTO state_machines
VALUES (:id, :name, :status, :created, :revision, :tags, :first_publication, :last_version);

-- name: insert_revision
INSERT OR IGNORE INTO revisions
VALUES (:id, :state_machine, :definition, :role_arn, :configuration, :updated, :revision_id);

-- name: insert_version
INSERT INTO versions VALUES (:state_machine, :number, :revision, :created, :description);

-- name: delete_version
DELETE FROM versions WHERE state_machine = :state_machine AND number = :number;

-- name: save_alias
INSERT OR REPLACE INTO aliases VALUES (:state_machine, :name, :routes, :created, :updated, :description);

-- name: delete_alias
DELETE FROM aliases WHERE state_machine = :state_machine AND name = :name;

-- name: save_activity
INSERT OR REPLACE INTO activities VALUES (:name, :created, :tags, :encryption);

-- name: delete_activity
DELETE FROM activities WHERE name = :name;

-- name: delete_state_machine
DELETE FROM aliases WHERE state_machine = :state_machine;
DELETE FROM versions WHERE state_machine = :state_machine;
DELETE FROM revisions WHERE state_machine = :state_machine;
DELETE FROM state_machines WHERE id = :state_machine;
INSERT INTO remains VALUES ('state_machine', :state_machine);

-- name: insert_execution
INSERT INTO executions
VALUES (:id, :name, :state_machine, :revision, :started, :input, :status, NULL, NULL, NULL, NULL,
        :trace_header, :redrives, NULL, :version, :alias, :mocks, :map_run, :item_count);

-- name: end_execution
UPDATE executions
SET status = :status, stopped = :stopped, output = :output, error = :error, cause = :cause
WHERE id = :id;

-- name: insert_turn
INSERT INTO turns VALUES (:number, :execution, :first_event, :events);

-- name: last_turn
SELECT value FROM meta WHERE name = 'last_turn';

-- name: save_last_turn
UPDATE meta SET value = :number WHERE name = 'last_turn';

-- name: save_position
-- Into `positions`, or into `halted` once the execution has ended without success.
INSERT OR REPLACE INTO {table}
VALUES (:id, :parent, :number, :state, :input, :entered_event, :entered, :last_event, :previous_event, :phase,
        :due, :retries, :variables, :awaited);

-- name: delete_position
DELETE FROM positions WHERE id = :id;

-- name: halt
-- The execution ended without success: its positions are kept for a redrive.
INSERT OR REPLACE INTO halted SELECT * FROM positions WHERE id BETWEEN :first AND :last;
DELETE FROM positions WHERE id BETWEEN :first AND :last;

-- name: save_fork
INSERT OR REPLACE INTO forks
VALUES (:branch_id, :state, :started_event_id, :previous_event_id, :length, :at_once, :begun, :open,
        :output_bytes, :last_event_id);

-- name: delete_fork
DELETE FROM forks WHERE id = :id;

-- name: save_item
INSERT OR REPLACE INTO items VALUES (:fork, :number, :text);

-- name: delete_taken_items
DELETE FROM items WHERE fork = :fork AND number BETWEEN :first AND :last;

-- name: save_map_run
INSERT OR REPLACE INTO map_runs
VALUES (:id, :branch, :state, :label, :name, :plan, :started, :status, :stopped, :error, :length, :is_read,
        :position, :redrives, :redriven, :redriven_up_to);

-- name: delete_items
DELETE FROM items WHERE fork = :fork;

-- name: save_invocations
INSERT OR REPLACE INTO invocations VALUES (:execution, :state, :number);

-- name: redrive
UPDATE executions
SET status = :status, stopped = NULL, output = NULL, error = NULL, cause = NULL,
    redrives = :redrives, redriven = :redriven
WHERE id = :execution;
INSERT INTO redrives VALUES (:execution, :redrives, :redriven, :token);
DELETE FROM halted WHERE id BETWEEN :first AND :last;

-- name: count_removed_turns
UPDATE meta SET value = value + :removed WHERE name = 'turns_removed';

-- name: delete_execution
DELETE FROM executions WHERE id = :execution;
DELETE FROM redrives WHERE execution = :execution;
DELETE FROM invocations WHERE execution = :execution;
INSERT OR IGNORE INTO remains VALUES ('execution', :execution);

-- name: first_remains
-- Executions come before the state machines whose executions they were.
SELECT kind, id FROM remains ORDER BY kind, id LIMIT 1;

-- name: delete_remains
DELETE FROM remains WHERE kind = :kind AND id = :id;

-- name: first_execution
SELECT id FROM executions WHERE state_machine = :id LIMIT 1;

-- name: delete_first_turn
DELETE FROM turns WHERE number = (SELECT number FROM turns WHERE execution = :id LIMIT 1);

-- name: delete_first_item
DELETE FROM items WHERE (fork, number) =
    (SELECT fork, number FROM items WHERE fork BETWEEN :first AND :last LIMIT 1);

-- name: delete_first_halted
DELETE FROM halted WHERE id = (SELECT id FROM halted WHERE id BETWEEN :first AND :last LIMIT 1);

-- name: delete_first_fork
DELETE FROM forks WHERE id = (SELECT id FROM forks WHERE id BETWEEN :first AND :last LIMIT 1);

-- name: first_child
SELECT id FROM executions
WHERE map_run IN (SELECT id FROM map_runs WHERE id BETWEEN :first AND :last) LIMIT 1;

-- name: delete_first_map_run
DELETE FROM map_runs WHERE id = (SELECT id FROM map_runs WHERE id BETWEEN :first AND :last LIMIT 1);

-- name: save_latest_event
INSERT INTO meta VALUES ('latest_event', :milliseconds)
ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value);

-- name: skip_clock
-- A skip is meant, so the clock that retention counts by skips as well.
UPDATE meta SET value = value + :milliseconds - (SELECT value FROM meta WHERE name = 'clock_ahead')
WHERE name = 'retention_clock';
UPDATE meta SET value = :milliseconds WHERE name = 'clock_ahead';

-- name: move_retention_clock
INSERT INTO meta VALUES ('retention_clock', :start + :by)
ON CONFLICT (name) DO UPDATE SET value = value + :by;
