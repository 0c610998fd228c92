"""The records on disk: how they are written, read and listed."""
