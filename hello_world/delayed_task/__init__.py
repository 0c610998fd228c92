"""Runs a due task: reads it from the call, reports it, and calls `handle` in app.py."""
