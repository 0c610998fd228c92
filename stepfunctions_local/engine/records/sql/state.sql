-- The state of executions, in {table}: either `positions` or `halted`.
-- A position whose input is still the execution's does not repeat it.

-- name: positions
SELECT p.id, p.parent, p.number, p.state, coalesce(p.input, e.input), p.entered_event, p.entered, p.last_event,
       coalesce(p.previous_event, p.last_event), p.phase, p.due, p.retries, p.variables, p.awaited
FROM {table} p JOIN executions e ON e.id = :execution
WHERE p.id BETWEEN :first AND :last
ORDER BY p.id;

-- name: fork
SELECT * FROM forks WHERE id = :id;

-- name: item
SELECT text FROM items WHERE fork = :fork AND number = :number;

-- name: items
SELECT number, text FROM items WHERE fork = :fork;

-- name: invocations
SELECT number FROM invocations WHERE execution = :execution AND state = :state;

-- name: map_run
SELECT * FROM map_runs WHERE branch = :branch ORDER BY id DESC LIMIT 1;

-- name: last_event
SELECT json_extract(events, '$[#-1].timestamp') FROM turns
WHERE execution = :execution
ORDER BY first_event DESC
LIMIT 1;
