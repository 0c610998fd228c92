"""JSONata: bounded expressions, templates, and the data flow made of them."""
