"""The engine: runs executions of state machines and keeps their records. It knows nothing of HTTP."""
