"""A local endpoint beyond the API of AWS: its address, its clock, and requests to it."""
