"""Calls of Task states to other services: outgoing HTTP."""
