"""Failed tasks in the dead-letter queue: read and redrive them."""
