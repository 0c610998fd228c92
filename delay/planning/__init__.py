"""Whether Step Functions carries a workload, what it costs, and what would carry it instead.

Pure: no clock, no network, no AWS account. Every figure comes from facts.toml, with its source.
"""
