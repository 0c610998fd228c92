"""The `delay` command: schedules, finds and changes tasks, plans for them, and runs them on this computer."""
