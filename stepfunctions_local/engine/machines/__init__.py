"""State machines, their versions and aliases."""
