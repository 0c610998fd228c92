"""The table store of this project: its offer, its bill line by line, and its worst second."""
