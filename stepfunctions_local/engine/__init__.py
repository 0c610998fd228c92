"""Executions: which state comes next, timers, records. Knows the language, not HTTP."""
