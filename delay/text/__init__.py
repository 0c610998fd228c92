"""What people and files write: lengths of time, moments, payloads. Nothing here does I/O."""
