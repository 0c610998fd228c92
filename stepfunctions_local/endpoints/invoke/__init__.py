"""The Lambda Invoke API."""
