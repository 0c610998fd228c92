"""Proves the tasks that wait in a stack's table: their story, and measurements on AWS."""
