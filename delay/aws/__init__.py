"""How AWS is reached: its clients, its errors, and the outputs of a deployed stack."""
