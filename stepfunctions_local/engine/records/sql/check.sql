-- Inconsistent counts mean that records were lost, or removed by hand.

-- name: turns
SELECT (SELECT count(*) FROM turns) AS present,
       (SELECT value FROM meta WHERE name = 'turns_removed') AS removed,
       (SELECT value FROM meta WHERE name = 'last_turn') AS last;

-- name: position_without_execution
SELECT id >> {bits} FROM positions WHERE id >> {bits} NOT IN (SELECT id FROM executions) LIMIT 1;

-- name: running
-- A root's id ends in {bits} zero bits.
SELECT (SELECT count(*) FROM executions WHERE status = 'RUNNING') AS running,
       count(*) AS positions,
       count(*) FILTER (WHERE id & ((1 << {bits}) - 1) = 0) AS roots
FROM positions;

-- name: open_branches
-- Few executions fork, so the forks come first: CROSS keeps SQLite from reordering the join.
SELECT total(f.open) FROM forks f CROSS JOIN positions p ON p.id = f.id WHERE p.phase = 'FORKED';
