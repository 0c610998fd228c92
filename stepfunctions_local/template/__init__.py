"""Reads a built SAM template: its functions and its state machines, with local values filled in."""
