"""Compares a workload with the quotas and prices of Step Functions, and of its alternatives.

Pure: no clock, no network, no AWS account. Every figure comes from facts.toml, with its source.
"""
