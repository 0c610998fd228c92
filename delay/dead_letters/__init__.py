"""Failed tasks in the dead-letter queue: to read and to redrive."""
