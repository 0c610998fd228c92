"""Compares a workload with the quotas and prices of executions, of the table store, and of other services.

Pure: no clock, no network, no AWS account. Every figure comes from facts.toml, with its source.
"""
