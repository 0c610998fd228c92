"""Failed tasks that lie in the dead-letter queue: to look at, and to redrive."""
