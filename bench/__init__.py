"""Measurements of the local endpoints and their peers, made in the same run: `make bench`."""
