"""Measurements of the local endpoints, each beside its peers in the same run: `make bench`."""
