"""Durations, times and payloads as people and files write them. No I/O."""
