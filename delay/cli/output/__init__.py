"""Tasks, histories, plans and progress as people and programs read them."""
