"""Reads a built SAM template: its functions and state machines, with values resolved locally."""
