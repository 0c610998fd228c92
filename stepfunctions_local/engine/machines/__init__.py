"""State machines with their versions, aliases and tags."""
