"""Files of tasks, which `delay import` reads and `delay export` writes. Nothing here calls AWS."""
