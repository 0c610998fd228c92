"""HTTP for every listener of the local endpoints: bounded connections, bodies in time, hosts."""
