"""Compares a workload with the quotas and prices of Step Functions, and of the services in its place.

Pure: no clock, no network, no AWS account. Every figure comes from facts.toml, with its source.
"""
