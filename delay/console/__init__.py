"""The console: the tasks of a state machine in a browser."""
