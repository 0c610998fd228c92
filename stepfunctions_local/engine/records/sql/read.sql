-- name: state_machines
SELECT * FROM state_machines ORDER BY id;

-- name: revision
SELECT * FROM revisions WHERE id = :id;

-- name: versions
SELECT * FROM versions ORDER BY number;

-- name: aliases
SELECT * FROM aliases;

-- name: activities
SELECT * FROM activities;

-- name: last_ids
SELECT max(coalesce((SELECT max(id) FROM state_machines), 0),
           coalesce((SELECT max(id) FROM remains WHERE kind = 'state_machine'), 0)),
       coalesce((SELECT max(id) FROM revisions), 0),
       max(coalesce((SELECT max(id) FROM executions), 0),
           coalesce((SELECT max(id) FROM remains WHERE kind = 'execution'), 0));

-- name: has_remains
SELECT EXISTS (SELECT * FROM remains);

-- name: meta
SELECT value FROM meta WHERE name = :name;

-- name: retention_clock
-- A journal without it has been used until the last end of an execution.
SELECT coalesce((SELECT value FROM meta WHERE name = 'retention_clock'), (SELECT max(stopped) FROM executions));

-- name: latest_event
SELECT coalesce((SELECT value FROM meta WHERE name = 'latest_event'), 0);

-- name: running
SELECT state_machine, count(*) FROM executions WHERE status = 'RUNNING' GROUP BY state_machine;

-- name: due
SELECT due, id FROM positions ORDER BY due, id;

-- name: calling
SELECT id FROM positions WHERE phase IN ('SCHEDULED', 'CALLING') ORDER BY entered, id;

-- name: waiting_for_jobs
-- `awaited` is an array: the end of its time, the heartbeat, the job; and the activity and the worker's time.
SELECT id, json_extract(awaited, '$[2]') AS job FROM positions WHERE phase = 'AWAITING' AND job IS NOT NULL;

-- name: offered
SELECT id, json_extract(awaited, '$[3]') FROM positions WHERE phase = 'OFFERED' ORDER BY entered, id;

-- name: expired
-- Children of Map Runs go with their parents.
SELECT id FROM executions WHERE stopped < :before AND map_run IS NULL LIMIT :limit;

-- name: execution
-- Those of a deleted state machine are gone, although their rows may be there.
SELECT * FROM executions
WHERE id = :id AND state_machine NOT IN (SELECT id FROM remains WHERE kind = 'state_machine');

-- name: execution_named
SELECT * FROM executions WHERE state_machine = :state_machine AND name = :name;

-- name: executions
-- {terms} are equalities over the columns of an index, so that rows come in order.
SELECT * FROM executions
WHERE {terms} AND {latest} <= :moment AND ({latest} < :moment OR id < :id)
ORDER BY {latest} DESC, id DESC
LIMIT :limit;

-- name: counts
-- Each from an index. The running executions that do not wait are few. `running` is the number of all, if it is
-- known without children of Map Runs.
WITH busy AS (
    SELECT count(*) AS number FROM (
        SELECT id FROM positions WHERE phase <> 'WAITING' AND parent IS NULL
        UNION ALL
        SELECT id FROM positions WHERE phase = 'WAITING' AND parent IS NULL AND due <= :now
    ) p CROSS JOIN executions e ON e.id = p.id >> {bits}
    WHERE e.state_machine = :state_machine AND e.map_run IS NULL
)
SELECT status, 0 AS is_waiting, count(*) FROM executions
WHERE state_machine = :state_machine AND status IN ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED')
  AND map_run IS NULL
GROUP BY status
UNION ALL
SELECT 'RUNNING', 0, number FROM busy
UNION ALL
SELECT 'RUNNING', 1, max(0, coalesce(:running, (
    SELECT count(*) FROM executions
    WHERE state_machine = :state_machine AND status = 'RUNNING' AND map_run IS NULL
)) - number) FROM busy;

-- name: counts_named
-- A root's id ends in {bits} zero bits.
SELECT e.status, coalesce(p.phase = 'WAITING' AND p.due > :now, 0) AS is_waiting, count(*)
FROM executions e LEFT JOIN positions p ON p.id = e.id << {bits}
WHERE e.state_machine = :state_machine AND e.name >= :first AND e.name < :last AND e.map_run IS NULL
GROUP BY e.status, is_waiting;

-- name: are_few
-- Whether few names begin with a prefix.
SELECT count(*) < :few FROM (
    SELECT 1 FROM executions
    WHERE state_machine = :state_machine AND name >= :first AND name < :last LIMIT :few
);

-- name: waiting
-- CROSS keeps SQLite from reading all positions anew for each execution. The id of a root is its execution's,
-- shifted.
SELECT p.due, e.id
FROM positions p CROSS JOIN executions e ON e.id = p.id >> {bits}
WHERE p.phase = 'WAITING' AND p.parent IS NULL
  AND p.due BETWEEN :due_from AND :due_until AND (p.due, p.id) > (:due_after, :id_after << {bits})
  AND e.state_machine = :state_machine AND e.name >= :first AND e.name < :last AND e.map_run IS NULL
ORDER BY p.due, p.id
LIMIT :limit;

-- name: waiting_near
-- The next :near of all, and whether each is one of these.
SELECT p.due, e.id, e.state_machine = :state_machine AND e.name >= :first AND e.name < :last AND e.map_run IS NULL
FROM positions p CROSS JOIN executions e ON e.id = p.id >> {bits}
WHERE p.phase = 'WAITING' AND p.parent IS NULL
  AND p.due BETWEEN :due_from AND :due_until AND (p.due, p.id) > (:due_after, :id_after << {bits})
ORDER BY p.due, p.id
LIMIT :near;

-- name: waiting_named
SELECT p.due, e.id
FROM executions e INDEXED BY executions_by_name CROSS JOIN positions p ON p.id = e.id << {bits}
WHERE p.phase = 'WAITING' AND p.parent IS NULL
  AND p.due BETWEEN :due_from AND :due_until AND (p.due, e.id) > (:due_after, :id_after)
  AND e.state_machine = :state_machine AND e.name >= :first AND e.name < :last AND e.map_run IS NULL
ORDER BY p.due, e.id
LIMIT :limit;

-- name: busy
-- The running executions that do not wait, the latest to go on first.
SELECT p.entered, e.id
FROM (
    SELECT id, entered FROM positions WHERE phase <> 'WAITING' AND parent IS NULL
    UNION ALL
    SELECT id, entered FROM positions WHERE phase = 'WAITING' AND parent IS NULL AND due <= :now
) p CROSS JOIN executions e ON e.id = p.id >> {bits}
WHERE (p.entered, e.id) < (:moment, :id)
  AND e.state_machine = :state_machine AND e.name >= :first AND e.name < :last AND e.map_run IS NULL
ORDER BY p.entered DESC, e.id DESC
LIMIT :limit;

-- name: with_status
SELECT {latest}, id FROM executions INDEXED BY executions_by_status
WHERE state_machine = :state_machine AND status = :status AND map_run IS NULL
  AND {latest} <= :moment AND ({latest}, id) < (:moment, :id) AND name >= :first AND name < :last
ORDER BY {latest} DESC, id DESC
LIMIT :limit;

-- name: with_status_near
-- The next :near with the status, and whether each is one of these.
SELECT {latest}, id, name >= :first AND name < :last FROM executions INDEXED BY executions_by_status
WHERE state_machine = :state_machine AND status = :status AND map_run IS NULL
  AND {latest} <= :moment AND ({latest}, id) < (:moment, :id)
ORDER BY {latest} DESC, id DESC
LIMIT :near;

-- name: with_status_named
SELECT {latest}, id FROM executions INDEXED BY executions_by_name
WHERE state_machine = :state_machine AND status = :status AND map_run IS NULL
  AND {latest} <= :moment AND ({latest}, id) < (:moment, :id) AND name >= :first AND name < :last
ORDER BY {latest} DESC, id DESC
LIMIT :limit;

-- name: has_map_runs
SELECT EXISTS (SELECT * FROM map_runs);

-- name: is_alone
-- Whether all waiting roots are of one state machine, so that none need be looked up.
SELECT NOT EXISTS (SELECT * FROM map_runs) AND NOT EXISTS (SELECT * FROM remains WHERE kind = 'state_machine')
   AND NOT EXISTS (
       SELECT * FROM state_machines s WHERE s.id <> :state_machine AND EXISTS (
           SELECT * FROM executions e WHERE e.state_machine = s.id AND e.status = 'RUNNING' AND e.map_run IS NULL
       )
   );

-- name: by_minute
SELECT p.due / 60000, count(*) FROM positions p CROSS JOIN executions e ON e.id = p.id >> {bits}
WHERE p.phase = 'WAITING' AND p.parent IS NULL AND p.due BETWEEN :due_from AND :due_until
  AND e.state_machine = :state_machine AND e.name >= :first AND e.name < :last AND e.map_run IS NULL
GROUP BY 1;

-- name: all_by_minute
SELECT due / 60000, count(*) FROM positions
WHERE phase = 'WAITING' AND parent IS NULL AND due BETWEEN :due_from AND :due_until
GROUP BY 1;

-- name: revision_number
-- It changes with every turn, every change of a state machine and every skip.
SELECT (SELECT value FROM meta WHERE name = 'last_turn') || '.' || (SELECT count(*) FROM state_machines)
    || '.' || coalesce((SELECT max(id) FROM revisions), 0)
    || '.' || (SELECT value FROM meta WHERE name = 'clock_ahead');

-- name: map_run
SELECT * FROM map_runs WHERE id = :id;

-- name: map_runs_named
SELECT * FROM map_runs WHERE name = :name;

-- name: map_runs_running
SELECT * FROM map_runs WHERE status = 'RUNNING' ORDER BY id;

-- name: map_runs_of
-- The latest first.
SELECT * FROM map_runs WHERE id BETWEEN :first AND :last AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: child_counts
-- Those that wait to be redriven have ids after `redriven_up_to`.
SELECT status, id > :redriven_up_to AND status NOT IN ('RUNNING', 'SUCCEEDED') AS is_pending,
       count(*), sum(item_count)
FROM executions WHERE map_run = :map_run
GROUP BY status, is_pending;

-- name: children
SELECT * FROM executions WHERE map_run = :map_run AND id > :after ORDER BY id LIMIT :limit;

-- name: child_with_status
SELECT * FROM executions WHERE map_run = :map_run AND id > :after AND status IN ({statuses}) ORDER BY id LIMIT 1;

-- name: first_item
SELECT min(number) FROM items WHERE fork = :fork;

-- name: item
SELECT text FROM items WHERE fork = :fork AND number = :number;

-- name: redriven
SELECT max(redriven) FROM redrives WHERE execution = :execution AND token = :token AND redriven >= :since;

-- name: turns_from
SELECT number FROM turns
WHERE execution = :execution
  AND first_event >= (
      SELECT max(first_event) FROM turns WHERE execution = :execution AND first_event <= :event
  )
ORDER BY first_event;

-- name: turns_back_from
SELECT number FROM turns WHERE execution = :execution AND first_event <= :event ORDER BY first_event DESC;

-- name: events
SELECT events FROM turns WHERE number = :number;
