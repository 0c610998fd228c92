"""The records of state machines and executions, on disk or in memory."""
