"""Text, tables, JSON and progress bars: all that the commands print."""
