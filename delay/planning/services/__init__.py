"""The services that a plan compares, one in each file."""
