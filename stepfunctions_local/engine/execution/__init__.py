"""One execution, without I/O: where it stands, and how it moves."""
