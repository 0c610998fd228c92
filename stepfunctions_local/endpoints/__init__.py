"""HTTP: requests and responses of the endpoints. The engine and the Lambda workers do not depend on it."""
