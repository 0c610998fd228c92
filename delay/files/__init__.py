"""Files of tasks, as `delay import` reads and `delay export` writes them. Nothing here knows AWS."""
