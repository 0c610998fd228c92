"""The services that a plan compares, a file each."""
