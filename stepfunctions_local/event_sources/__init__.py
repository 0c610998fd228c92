"""Calls functions with the messages of queues, and at the times of schedules."""
