"""One execution, without I/O: its state, and the interpreter that moves it."""
