"""The services that a plan compares, one in each file; the table store has a folder."""
