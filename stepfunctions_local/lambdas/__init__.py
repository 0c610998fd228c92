"""Worker processes that run built functions through the runtime interface client of AWS."""
