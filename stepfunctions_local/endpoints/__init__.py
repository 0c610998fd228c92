"""HTTP: what the endpoints say and hear. Knows the engine and the Lambda workers; neither knows it."""
